"""Intervals, tests, bootstrap and multiplicity: numbers in, numbers out.

This room knows counts and rates, never groups, frames or reports. One idea a file:

- `rates` one rate; `contrasts` a difference, a ratio; `simultaneous` the widest of many,
  all pairs; `mover` the same of any estimates with intervals;
- `two_groups` tests of a gap; `changes` whether it has changed; `strata` within strata;
- `decomposition` composition or treatment; `representation` a share against a benchmark;
- `thresholds` four fifths; `fragility` how few decisions flip a verdict;
- `quotients` the share of a part; `multiplicity` many p-values; `association` Cramer's V;
- `bayes` a Bayes factor, and the posterior of a ratio; `variance` the means of many groups;
- `resampling` bootstrap on cells and clusters; `weights` weighted rows;
- `chance` the gap that chance gives; `power` what could have been seen; `bounds` what the
  missing could be hiding.

Undefined is None, or an object whose `reason` says why; it is never nan, 0, 1 or infinity.
A p-value is never 0: one too small for a float is the smallest a float can hold.
"""

from auditkit.inference.association import cramers_v, cramers_v_interval
from auditkit.inference.bayes import RatioPosterior, bayes_factor, ratio_posterior
from auditkit.inference.bounds import (
    Bounds,
    Unknown,
    UnknownGroupBounds,
    difference_bounds,
    missing_bounds,
    rate_bounds,
    ratio_bounds,
    unknown_group_bounds,
)
from auditkit.inference.chance import NoiseFloor, noise_floor
from auditkit.inference.changes import Change, change_of_difference, change_of_ratio
from auditkit.inference.contrasts import katz, koopman, newcombe
from auditkit.inference.decomposition import Effect, Kitagawa, StratumEffect, kitagawa
from auditkit.inference.fragility import (
    Fragility,
    four_fifths_fragility,
    one_person_flip,
    significance_fragility,
)
from auditkit.inference.mover import family_level, mover_difference, widest_difference
from auditkit.inference.multiplicity import benjamini_hochberg, holm
from auditkit.inference.power import (
    Detectable,
    detectable_difference,
    power_of_difference,
    sample_size,
)
from auditkit.inference.quotients import fieller
from auditkit.inference.rates import Interval, clopper_pearson, wilson
from auditkit.inference.representation import (
    BinomialTest,
    ShareTest,
    binomial_test,
    share_test,
)
from auditkit.inference.resampling import (
    Bootstrap,
    bootstrap_cells,
    bootstrap_clusters,
    resample_cells,
)
from auditkit.inference.simultaneous import (
    Pair,
    Widest,
    all_differences,
    all_ratios,
    equal_rates,
    widest_gap,
    widest_ratio,
)
from auditkit.inference.strata import (
    CommonEffect,
    MantelHaenszel,
    breslow_day,
    mantel_haenszel,
    mantel_haenszel_difference,
    mantel_haenszel_ratio,
)
from auditkit.inference.thresholds import below_four_fifths
from auditkit.inference.two_groups import (
    chi_square,
    fisher_exact,
    hypergeometric_z,
    pooled_z,
    smallest_expected,
)
from auditkit.inference.variance import one_way_anova
from auditkit.inference.weights import WeightedRate, weighted_rate

__all__ = [
    "BinomialTest",
    "Bootstrap",
    "Bounds",
    "Change",
    "CommonEffect",
    "Detectable",
    "Effect",
    "Fragility",
    "Interval",
    "Kitagawa",
    "MantelHaenszel",
    "NoiseFloor",
    "Pair",
    "RatioPosterior",
    "ShareTest",
    "StratumEffect",
    "Unknown",
    "UnknownGroupBounds",
    "WeightedRate",
    "Widest",
    "all_differences",
    "all_ratios",
    "bayes_factor",
    "below_four_fifths",
    "benjamini_hochberg",
    "binomial_test",
    "bootstrap_cells",
    "bootstrap_clusters",
    "breslow_day",
    "change_of_difference",
    "change_of_ratio",
    "chi_square",
    "clopper_pearson",
    "cramers_v",
    "cramers_v_interval",
    "detectable_difference",
    "difference_bounds",
    "equal_rates",
    "family_level",
    "fieller",
    "fisher_exact",
    "four_fifths_fragility",
    "holm",
    "hypergeometric_z",
    "katz",
    "kitagawa",
    "koopman",
    "mantel_haenszel",
    "mantel_haenszel_difference",
    "mantel_haenszel_ratio",
    "missing_bounds",
    "mover_difference",
    "newcombe",
    "noise_floor",
    "one_person_flip",
    "one_way_anova",
    "pooled_z",
    "power_of_difference",
    "rate_bounds",
    "ratio_bounds",
    "ratio_posterior",
    "resample_cells",
    "sample_size",
    "share_test",
    "significance_fragility",
    "smallest_expected",
    "unknown_group_bounds",
    "weighted_rate",
    "widest_difference",
    "widest_gap",
    "widest_ratio",
    "wilson",
]
