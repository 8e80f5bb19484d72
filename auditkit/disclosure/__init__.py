"""Disclosure: what of a record may be shown to anybody.

- `system` which sums give a hidden cell away; `atoms` what a public edition publishes;
- `public` the edition; `statutory` its frameworks.

Knows records as plain data, and nothing else of the house.
"""

from auditkit.disclosure.public import MIN_CELL, public_record
from auditkit.disclosure.system import Item, System, withheld

__all__ = ["MIN_CELL", "Item", "System", "public_record", "withheld"]
