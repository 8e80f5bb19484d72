"""The funnel: which stage of a process loses whom, and what part of the final gap it makes.

Everybody in the table enters the first stage; who reached a stage enters the next. Reaching a
later stage implies the earlier ones. Counts hold one outcome for each stage (``reached:NAME``),
so a funnel can be made of any counts, and counts of several sites add up.

How it flows: :mod:`patterns` settles what was recorded, :mod:`passages` counts who entered and
passed, :mod:`rows` compares the groups.
"""

from auditkit.funnel.rows import Funnel, funnel

__all__ = ["Funnel", "funnel"]
