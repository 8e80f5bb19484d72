"""One pass over the rows, then every rate, gap and bootstrap interval from the cells.

:func:`tabulate_groups` counts once; what a :class:`GroupTable` answers after that costs cells, not
rows. Undefined is NaN in arrays, and None with a reason in rows.
"""

from auditkit.metrics.table.group_table import GroupTable
from auditkit.metrics.table.tabulating import tabulate_groups

__all__ = ["GroupTable", "tabulate_groups"]
