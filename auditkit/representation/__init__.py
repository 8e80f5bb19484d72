"""Who is in the data: shares, held against populations and against equal shares; what n can show.

- `shares`: counts and shares of groups; `populations`: beside what a reference leads one to expect;
- `equality`: how far from equal the shares are, where there is no reference;
- `detectable`: the gap that a group of this size could show.
"""

from auditkit.representation.detectable import with_detectable
from auditkit.representation.equality import evenness
from auditkit.representation.populations import hold_against
from auditkit.representation.shares import represent

__all__ = ["evenness", "hold_against", "represent", "with_detectable"]
