"""The search for the subgroup that fares worst, among all crossings of a few features.

Looking at many groups finds gaps in pure chance. So the rows are split once, by a seed: one part is
searched (`search`, over the counts that `cubes` makes), and what is found there is measured and
tested on the other part, which the search has not seen.
"""

from auditkit.subgroups.search import Search, Subgroup, worst_subgroups

__all__ = ["Search", "Subgroup", "worst_subgroups"]
