"""What would help, measured out of fold: remedies, their cost, and models as good with less gap.

``remedies_of(prepared, kind, cut, attribute=...)`` tries every remedy on the same rows and folds.
Files: ``plan`` (a remedy as data), ``data``, ``features``, ``reductions`` and ``deciding`` (the
remedies, by what they change), ``frontier`` (what each costs and brings), ``asking``.
"""

from __future__ import annotations

from auditkit.remedies.asking import remedies_of, widest_attribute

__all__ = ["remedies_of", "widest_attribute"]
