"""What the data cannot tell: what is missing could hide a gap, or make one.

- `bounds`: what a gap could be, whatever the missing outcomes and groups are;
- `selective`: outcomes that exist only for the selected, and the figures that are then unknown.
"""

from auditkit.identification.bounds import gap_bounds
from auditkit.identification.selective import selective_labels

__all__ = ["gap_bounds", "selective_labels"]
