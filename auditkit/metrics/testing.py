"""Tests of selection rates by group, from arrays: the statistics are in `inference`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import Group
from auditkit.errors import MetricError, shown
from auditkit.metrics.arrays import check_alike, column_of, features_of, flags_of
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import (
    Family,
    columns_of,
    name_of,
    reference_of,
    tidy,
    warn,
)

__all__ = [
    "segmented_air",
    "selection_bayes_factor",
    "selection_homogeneity",
    "selection_tests",
]

_FAMILY = Family(
    "gap",
    {
        "y_true": "array-like of shape (n,) or None\n    Not looked at: None will do.",
        "y_pred": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "segments": "array-like, frame or mapping of arrays\n"
        "    Compare within each segment; several columns are crossed, missing is a segment.",
        "reference": "str or tuple, optional\n"
        "    The group that the others are compared with; else that with the highest rate.",
        "groups": '{"all", "extremes"}\n    All groups, or those with the highest and the lowest '
        "rate (audit-AI).",
        "prior": "float\n    Of each cell, at least 1; 1 is uniform.",
        "level": "float\n    Of the interval of the posterior ratio.",
    },
)
_AUDIT_AI = "audit-AI 0.1.1, auditai/stats.py, simulations.py; functions of auditkit.inference"


@dataclass(frozen=True)
class _Selected:
    """Who is selected, by group and segment, in whole people."""

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    segments: tuple[Group, ...]
    events: NDArray[np.int64]
    n: NDArray[np.int64]

    @property
    def together(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return events and sizes of each group over all segments."""
        return self.events.sum(axis=0), self.n.sum(axis=0)

    def base(self, reference: Any) -> int:
        """Return the place of the reference: the highest rate, of equals the larger group."""
        if reference is not None:
            return reference_of(self.groups, reference)
        events, n = self.together
        return max(range(len(n)), key=lambda i: (events[i] / n[i], int(n[i])))


def _selected(y_pred: Any, features: Any, segments: Any, pos_label: Any) -> _Selected:
    decision = column_of("y_pred", y_pred)
    sides = features_of(features)
    if decision is None or not sides:
        raise MetricError("this needs y_pred and sensitive_features")
    within = [] if segments is None else columns_of("segments", segments)
    size = check_alike([decision, *sides, *within])
    chosen = np.asarray(flags_of(None, decision, pos_label)[1], dtype=bool)
    codes, groups = groups_of(sides)
    if len(groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    part, names = groups_of(within) if within else (np.zeros(size, np.int64), ((),))
    place = part * len(groups) + codes
    shape = (len(names), len(groups))
    n = np.bincount(place, minlength=math.prod(shape)).reshape(shape)
    events = np.bincount(place[chosen], minlength=math.prod(shape)).reshape(shape)
    return _Selected(tuple(c.name for c in sides), groups, names, events, n)


@_FAMILY.metric(
    "Tests of selection rates",
    needs=("prediction",),
    formula="p_g / p_ref; pooled z, Fisher's exact, odds ratio, Bayes factor, posterior ratio",
    reference=_AUDIT_AI,
    undefined="the rate of the reference is 0; a test: nobody or everybody is selected",
    values="[0, ∞)",
    better="one",
)
def selection_tests(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    reference: Any = None,
    level: float = 0.95,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return the comparison of each group with the reference, with its tests, as tidy rows.

    ``value`` is the ratio of selection rates; then ``difference``, ``odds_ratio``, ``z`` and
    ``z_p``, ``fisher_p``, ``bayes_factor`` (against equal rates), and the posterior of the ratio:
    ``median``, ``low``, ``high`` and ``within_four_fifths``, the belief that it is from 0.8 to
    1.25. None where undefined. p-values are not corrected: without a reference the one compared
    with is the highest of all, which makes gaps look wider than they are; see
    :func:`tabulate_groups` for simultaneous intervals. Whole people: there are no weights.

    Examples
    --------
    >>> rows = selection_tests(
    ...     None, [1] * 14 + [0] * 10 + [1] * 21 + [0] * 3,
    ...     sensitive_features=["F"] * 24 + ["M"] * 24,
    ... )
    >>> round(rows[0]["z"], 3), round(rows[0]["fisher_p"], 4), round(rows[0]["bayes_factor"], 2)
    (-2.274, 0.049, 5.6)
    """
    found = _selected(y_pred, sensitive_features, None, pos_label)
    events, n = found.together
    base = found.base(reference)
    others = [place for place in range(len(n)) if place != base]
    rows = [_tested(int(events[i]), int(n[i]), int(events[base]), int(n[base]), level)
            for i in others]  # fmt: skip
    name = name_of(found.groups[base])
    columns: dict[str, Iterable[Any]] = {
        "value": [row.pop("value") for row in rows],
        "n": [int(n[i]) for i in others],
        "reason": [f"nobody in '{shown(name)}', the reference, is selected" if not events[base]
                   else None] * len(others),
        **{key: [row[key] for row in rows] for key in rows[0]},
    }  # fmt: skip
    return tidy("selection_tests", found.attributes, [found.groups[i] for i in others], columns)


def _tested(a: int, m: int, b: int, n: int, level: float) -> dict[str, Any]:
    z = inference.pooled_z(a, m, b, n)
    belief = inference.ratio_posterior(a, m, b, n, level=level)
    odds = a * (n - b) / (b * (m - a)) if b and m - a else None
    return {
        "value": (a / m) / (b / n) if b else math.nan,
        "difference": a / m - b / n,
        "odds_ratio": odds,
        "z": None if z is None else z[0],
        "z_p": None if z is None else z[1],
        "fisher_p": inference.fisher_exact(a, m, b, n),
        "bayes_factor": inference.bayes_factor([[a, m - a], [b, n - b]]),
        "median": None if belief is None else belief.median,
        "low": None if belief is None else belief.low,
        "high": None if belief is None else belief.high,
        "within_four_fifths": None if belief is None else belief.within_four_fifths,
    }


@_FAMILY.metric(
    "Homogeneity of selection rates",
    needs=("prediction",),
    formula="χ² = Σ_g n_g (p_g − p)² / [p (1 − p)], with its degrees of freedom and p-value",
    reference=_AUDIT_AI,
    undefined="nobody or everybody is selected",
    values="chi2 [0, ∞), df 1, 2, ..., p_value (0, 1]",
    better="neither",
)
def selection_homogeneity(
    y_true: Any, y_pred: Any, *, sensitive_features: Any, pos_label: Any = None
) -> dict[str, float]:
    """Return the chi-square test that all groups have the same selection rate.

    Of two groups, audit-AI's (SciPy's) has Yates' correction; it is not taken here.

    Examples
    --------
    >>> found = selection_homogeneity(
    ...     None, [1] * 14 + [0] * 10 + [1] * 21 + [0] * 3,
    ...     sensitive_features=["F"] * 24 + ["M"] * 24,
    ... )
    >>> round(found["chi2"], 3), found["df"], round(found["p_value"], 4)
    (5.169, 1.0, 0.023)
    """
    found = _selected(y_pred, sensitive_features, None, pos_label)
    events, n = found.together
    tested = inference.equal_rates(events.tolist(), n.tolist())
    if tested is None:
        warn("selection_homogeneity is undefined: nobody or everybody is selected", 3)
        return dict.fromkeys(("chi2", "df", "p_value"), math.nan)
    return {"chi2": tested[0], "df": float(tested[1]), "p_value": tested[2]}


@_FAMILY.metric(
    "Bayes factor of selection rates",
    needs=("prediction",),
    formula="P(table | rates differ) / P(table | rates are the same), Dirichlet priors",
    reference="Gunel, Dickey (1974), Bayes factors for independence in contingency tables, "
    "Biometrika 61; audit-AI 0.1.1",
    undefined="nobody or everybody is selected",
    values="(0, ∞)",
    better="neither",
)
def selection_bayes_factor(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    groups: Literal["all", "extremes"] = "all",
    prior: float = 1.0,
    pos_label: Any = None,
) -> float:
    """Return the evidence that selection rates differ: above 1 for it, below 1 against it.

    Taking the two extremes of many groups, as audit-AI does, finds evidence where there is none.

    Examples
    --------
    >>> group = ["F"] * 100 + ["M"] * 100
    >>> round(selection_bayes_factor(None, [1, 0] * 100, sensitive_features=group), 4)
    0.2616
    """
    if groups not in {"all", "extremes"}:
        raise MetricError(f"groups is '{shown(groups)}'; use 'all' or 'extremes'")
    found = _selected(y_pred, sensitive_features, None, pos_label)
    events, n = found.together
    table = np.stack([n - events, events], axis=1)
    if groups == "extremes":
        rates = events / n
        table = table[[int(rates.argmax()), int(rates.argmin())]]
    value = inference.bayes_factor(table, prior=prior)
    if value is None:
        warn("selection_bayes_factor is undefined: nobody or everybody is selected", 3)
        return math.nan
    return value


@_FAMILY.metric(
    "Impact ratio within segments",
    needs=("prediction", "stratum"),
    formula="p_g / p_ref in each segment and of all; Fisher, Cochran-Mantel-Haenszel, Breslow-Day",
    reference="Mantel, Haenszel (1959), JNCI 22; Breslow, Day (1980) with Tarone (1985); "
    "Benjamini, Hochberg (1995); SolasAI disparity 0.6, segmented_adverse_impact_ratio",
    undefined="the rate of the reference in the segment is 0, or one of the two is not there",
    values="[0, ∞)",
    better="one",
)
def segmented_air(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    segments: Any,
    reference: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return the impact ratio of each group in each segment, and over all of them, as tidy rows.

    ``segment`` is a segment, or None for the row of all: its ``value`` is the ratio of the pooled
    rates, its ``odds_ratio`` that of Mantel-Haenszel, its ``p_value`` that of the
    Cochran-Mantel-Haenszel test, without continuity correction, and ``homogeneity_p`` that of
    Breslow and Day (with Tarone's correction) that the odds ratio is the same in all segments. In
    a segment ``p_value`` is Fisher's. ``p_adjusted`` is corrected over all segments and groups
    (Benjamini-Hochberg). A pooled ratio may say the opposite of every segment.

    Examples
    --------
    >>> rows = segmented_air(
    ...     None, [1, 0, 1, 1, 0, 0, 0, 1], sensitive_features={"sex": list("FFMMFFMM")},
    ...     segments=list("aaaabbbb"), reference="M",
    ... )
    >>> [(row["segment"], row["value"]) for row in rows]
    [('a', 0.5), ('b', 0.0), (None, 0.333...)]
    """
    found = _selected(y_pred, sensitive_features, segments, pos_label)
    if segments is None:
        raise MetricError("segmented_air needs segments")
    base = found.base(reference)
    rows: list[dict[str, Any]] = []
    for place, group in enumerate(found.groups):
        if place == base:
            continue
        tables = [
            (int(e[place]), int(n[place]), int(e[base]), int(n[base]))
            for e, n in zip(found.events, found.n, strict=True)
        ]
        mine = [
            _in_segment(*table, name_of(s)) for table, s in zip(tables, found.segments, strict=True)
        ]
        labels = dict(zip(found.attributes, group, strict=True))
        rows += [{**labels, "metric": "segmented_air", **row} for row in [*mine, _over_all(tables)]]
    within = [row for row in rows if row["segment"] is not None]
    adjusted = inference.benjamini_hochberg([row["p_value"] for row in within])
    for row, value in zip(within, adjusted, strict=True):
        row["p_adjusted"] = value
    taken = {"metric", "value", "n", "reason", "segment"} & set(found.attributes)
    if taken:
        raise MetricError(f"no sensitive feature can be called '{shown(taken.pop())}': rename it")
    return rows


def _in_segment(a: int, m: int, b: int, n: int, segment: str) -> dict[str, Any]:
    reason = None
    if m == 0 or n == 0:
        reason = "the group or the reference is not in the segment"
    elif b == 0:
        reason = "nobody of the reference is selected in the segment"
    return {
        "value": None if reason else (a / m) / (b / n),
        "n": m,
        "reason": reason,
        "segment": segment,
        "rate": a / m if m else None,
        "reference_rate": b / n if n else None,
        "odds_ratio": a * (n - b) / (b * (m - a)) if b and m - a else None,
        "p_value": inference.fisher_exact(a, m, b, n),
        "p_adjusted": None,
        "homogeneity_p": None,
    }


def _over_all(tables: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    a, m, b, n = (sum(column) for column in zip(*tables, strict=True))
    pooled = inference.mantel_haenszel(tables)
    alike = inference.breslow_day(tables)
    row = _in_segment(a, m, b, n, "")
    return {
        **row,
        "segment": None,
        "odds_ratio": pooled.odds_ratio,
        "p_value": pooled.p_value,
        "homogeneity_p": None if alike is None else alike[2],
    }


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
