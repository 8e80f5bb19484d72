"""A remedy carried out: weights, data or a model that can be used, with its own audit.

``mitigate(data, remedy=...)`` returns a :class:`Mitigated`. Files: ``choice`` (which remedy, and as
what it can be written), ``work`` (the remedy, out of fold and then on all rows), ``data`` and
``models`` (what is handed over), ``words`` (what it means, in sentences), ``asking``.
"""

from __future__ import annotations

from auditkit.mitigation.asking import Mitigated, mitigate
from auditkit.mitigation.choice import check_file, remedy_names

__all__ = ["Mitigated", "check_file", "mitigate", "remedy_names"]
