"""Each group beside one reference: ratios in rows, of decisions, scores, places and categories.

A ratio says how far apart two rates are, never what that is called: no verdict stands here. A
column says on which side of a line the ratio lies, with "undefined" as the third answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics.compare import Question, compare
from auditkit.metrics.conventions import convention_named
from auditkit.metrics.counterparts import COUNTERPARTS, counterpart
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import (
    Family,
    class_codes,
    name_of,
    numbers_of,
    read_rows,
    reference_of,
)
from auditkit.metrics.family import tidy as tidied
from auditkit.metrics.fractions import SHARE
from auditkit.metrics.positions import Ties, first_places, places_of, read_ranking

__all__ = [
    "air_by_quantile",
    "categorical_air",
    "ratios_by_group",
    "scoring_impact_ratio",
    "selection_impact_ratio",
]

Choose = Literal["largest", "lowest", "highest"]

_FAMILY = Family(
    "gap",
    {
        "y_true": "array-like of shape (n,), optional\n    0/1 or booleans; else pass `pos_label`.",
        "y_pred": "array-like of shape (n,), optional\n    0/1 or booleans; else pass `pos_label`.",
        "scores": "array-like of shape (n,)\n    Finite numbers; the highest ranks first.",
        "ranks": "array-like of shape (n,), optional\n    Numbers instead of `scores`; the lowest "
        "ranks first.",
        "outcomes": "array-like of shape (n,)\n    Categories, none missing.",
        "metrics": "sequence of str, optional\n    Names of :data:`METRICS`, or "
        "``selected_share``; all that the inputs\n    allow by default.",
        "tau": "float\n    The line, above 0 and at most 1: inside is tau ≤ ratio ≤ 1/tau.",
        "choose": '{"largest", "lowest", "highest"}\n    Without `reference`: the largest group, '
        "or for each metric that with the lowest or\n    the highest rate (of equals the larger).",
        "reference": "str or tuple, optional\n"
        "    The group that the others are compared with; else that with the highest rate.",
        "convention": '{"auditkit", "aequitas", "dalex"}\n    Whose rules for 0/0, x/0 and '
        "rounding.",
        "quantiles": "sequence of float\n    Shares of the list, above 0 and at most 1.",
        "ties": '{"expected", "first"}\n    The average over random tie-breaking, or the earlier '
        "row first.",
    },
)
_UGESP = "29 CFR 1607.4(D); SolasAI disparity 0.6"
_LL144 = "6 RCNY § 5-300 and 5-301 (New York City Local Law 144 of 2021)"
_NO_RATE = "the group or the reference has no rate, or that of the reference is 0"


@_FAMILY.metric(
    "Ratios to a reference, and the side of a line",
    needs=("label", "prediction"),
    formula="rate of the group / rate of the reference; inside where tau ≤ ratio ≤ 1/tau",
    reference="Aequitas 1.1.0, aequitas/bias.py, fairness.py; dalex 1.8.0, fairness_check",
    undefined=_NO_RATE,
    values="[0, ∞)",
    better="one",
)
def ratios_by_group(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    tau: float = 0.8,
    reference: Any = None,
    choose: Choose = "largest",
    convention: str = "auditkit",
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return the ratio of every rate of every group to that of a reference, as tidy rows.

    ``reference`` names whom the group is compared with, and ``line`` says ``"inside"``,
    ``"outside"`` or ``"undefined"``. These are numbers beside a line, not the parity flags of
    Aequitas and no verdict: a small group is outside by chance, and a line is a convention.
    Reference ``major`` there is ``choose="largest"`` here, ``min_metric`` is ``"lowest"``.

    Examples
    --------
    >>> rows = ratios_by_group(
    ...     None, [1, 1, 1, 0, 1, 0, 0], sensitive_features={"sex": list("MMMMFFF")},
    ... )
    >>> [(r["sex"], round(r["value"], 3), r["reference"], r["line"]) for r in rows]
    [('F', 0.444, 'M', 'outside')]
    """
    if not 0 < tau <= 1:
        raise MetricError(f"tau is {shown(tau)}; it must be above 0 and at most 1")
    if choose not in {"largest", "lowest", "highest"}:
        raise MetricError(f"choose is '{shown(choose)}'; use 'largest', 'lowest' or 'highest'")
    names = _asked(metrics, y_true, y_pred, convention)
    cube = cube_of(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    rules = convention_named(convention)
    found: list[dict[str, Any]] = []
    for name in names:
        part = SHARE if name == "selected_share" else METRICS[name]
        tops, bottoms = part.sums(cube.w)
        whom = reference
        if whom is None:
            sizes = cube.w.sum(axis=(1, 2)) if choose == "largest" else bottoms
            whom = cube.groups[_chosen(tops, bottoms, sizes, choose)]
        question = Question(metric=f"{name}_ratio", kind="ratio", parts=(part,))
        row = counterpart(convention, question.metric)
        ratios = compare(question, cube, rules, row, whom).by_group
        base = reference_of(cube.groups, whom)
        columns: dict[str, Iterable[Any]] = {
            "value": list(ratios.values()),
            "n": [int(part.sums(cube.n)[1][cube.groups.index(group)]) for group in ratios],
            "reason": [_why(r, part.undefined, name) for r in ratios.values()],
            "reference": [name_of(cube.groups[base])] * len(ratios),
            "line": [_line(ratio, tau) for ratio in ratios.values()],
        }
        found += tidied(name, cube.attributes, list(ratios), columns)
    return found


def _asked(metrics: Sequence[str] | None, y_true: Any, y_pred: Any, convention: str) -> list[str]:
    """Return the rates asked for; by default those that the inputs and the convention allow."""
    given = {"label": y_true is not None, "prediction": y_pred is not None}
    needs = {**{name: row.needs for name, row in METRICS.items()}, "selected_share": SHARE.needs}
    for name in metrics or ():
        if name not in needs:
            raise MetricError(f"no metric '{shown(name)}'{nearest(name, needs)}")
        lacks = [need for need in needs[name] if not given[need]]
        if lacks:
            raise MetricError(f"{name} needs {listed(lacks)}")
    if metrics is not None:
        return list(metrics)
    theirs = {row.metric for row in COUNTERPARTS if row.convention == convention}
    return [
        name
        for name, wanted in needs.items()
        if all(given[need] for need in wanted)
        and (f"{name}_ratio" in theirs or (convention == "auditkit" and name != "selected_share"))
    ]


def _chosen(tops: NDArray[Any], bottoms: NDArray[Any], sizes: NDArray[Any], choose: str) -> int:
    """Return the place of the reference group."""
    places = [place for place in range(len(tops)) if bottoms[place] > 0] or list(range(len(tops)))
    if choose == "largest":
        return max(places, key=lambda place: sizes[place])
    sign = 1 if choose == "highest" else -1

    def key(place: int) -> tuple[float, float]:
        rate = tops[place] / bottoms[place] if bottoms[place] > 0 else 0.0
        return (sign * rate, float(sizes[place]))

    return max(places, key=key)


def _why(ratio: float, undefined: str, name: str) -> str | None:
    if not math.isnan(ratio):
        return None
    return f"{undefined}, in the group or the reference; or {name} of the reference is 0"


def _line(ratio: float, tau: float) -> str:
    if math.isnan(ratio):
        return "undefined"
    return "inside" if tau <= ratio <= 1 / tau else "outside"


@_FAMILY.metric(
    "Selection impact ratio",
    needs=("prediction",),
    formula="selection rate of the group / that of the reference",
    reference=_LL144 + "; SolasAI disparity 0.6",
    undefined=_NO_RATE,
    values="[0, 1]; with `reference` [0, ∞)",
    better="one",
)
def selection_impact_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    reference: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return the selection rate of each group, and its ratio to the highest, as tidy rows.

    ``rate`` is the selection rate. The reference, with a ratio of 1, is among the rows. The tables
    of New York's rule, with the small categories it allows to leave out, are a framework of the
    command line.

    Examples
    --------
    >>> rows = selection_impact_ratio(None, [1, 1, 1, 0], sensitive_features={"sex": list("MMFF")})
    >>> [(row["sex"], row["rate"], row["value"]) for row in rows]
    [('F', 0.5, 0.5), ('M', 1.0, 1.0)]
    """
    if y_pred is None:
        raise MetricError("selection_impact_ratio needs y_pred")
    cube = cube_of(
        None, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    tops, bottoms = METRICS["selection_rate"].sums(cube.w)
    sizes = cube.n.sum(axis=(1, 2))
    return _to_reference(
        "selection_impact_ratio", cube.attributes, cube.groups, tops, bottoms, sizes, reference
    )


@_FAMILY.metric(
    "Scoring impact ratio",
    needs=("score",),
    formula="share of the group with a score above the median of all / that of the reference",
    reference=_LL144 + "; SolasAI disparity 0.6",
    undefined=_NO_RATE,
    values="[0, 1]; with `reference` [0, ∞)",
    better="one",
)
def scoring_impact_ratio(
    scores: Any, *, sensitive_features: Any, reference: Any = None
) -> list[dict[str, Any]]:
    """Return the scoring rate of each group, and its ratio to the highest, as tidy rows.

    ``rate`` is the share of the group whose score is above (not at) the median of all rows.

    Examples
    --------
    >>> rows = scoring_impact_ratio([4, 3, 2, 1], sensitive_features={"sex": list("MMMF")})
    >>> [(row["sex"], round(row["rate"], 3), row["value"]) for row in rows]
    [('F', 0.0, 0.0), ('M', 0.667, 1.0)]
    """
    rows = _grouped(sensitive_features, scores=scores)
    score = numbers_of(rows.columns["scores"])
    if not np.isfinite(score).all():
        raise MetricError("scores must be finite")
    sizes = np.bincount(rows.group, minlength=len(rows.groups)).astype(np.float64)
    above = np.bincount(rows.group, (score > np.median(score)).astype(np.float64), len(sizes))
    return _to_reference(
        "scoring_impact_ratio", rows.attributes, rows.groups, above, sizes, sizes, reference
    )


@_FAMILY.metric(
    "Impact ratio by quantile",
    needs=("score",),
    formula="share of the group among the first ⌈q n⌉ places / that of the reference, for each q",
    reference=_UGESP,
    undefined="nobody of the reference is among the first",
    values="[0, ∞)",
    better="one",
)
def air_by_quantile(
    scores: Any = None,
    *,
    sensitive_features: Any,
    ranks: Any = None,
    quantiles: Sequence[float] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    reference: Any = None,
    ties: Ties = "expected",
) -> list[dict[str, Any]]:
    """Return the impact ratio of each group at many cuts of a ranked list, as tidy rows.

    ``quantile`` is the share of the list that is selected and ``rate`` that of the group. Without
    `reference` each cut has its own: the group with the highest rate there.

    Examples
    --------
    >>> rows = air_by_quantile(
    ...     [9, 8, 7, 6], sensitive_features={"sex": list("MFMF")}, quantiles=[0.75], reference="M"
    ... )
    >>> [(row["sex"], row["rate"], row["value"]) for row in rows]
    [('F', 0.5, 0.5), ('M', 1.0, 1.0)]
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    sizes = ranking.sizes.astype(np.float64)
    found: list[dict[str, Any]] = []
    for quantile in quantiles:
        if not 0 < quantile <= 1:
            raise MetricError(f"a quantile is {shown(quantile)}; it must be above 0 and at most 1")
        places = places_of(ranking, 100 * quantile)
        tops = ranking.totals(first_places(ranking, places))
        rows = _to_reference(
            "air_by_quantile", ranking.attributes, ranking.groups, tops, sizes, sizes, reference
        )
        found += [{**row, "quantile": quantile} for row in rows]
    return found


@_FAMILY.metric(
    "Impact ratio by category",
    needs=("label",),
    formula="share of the group with the category / that of the reference, for each category",
    reference=_UGESP,
    undefined="nobody of the reference has the category",
    values="[0, ∞)",
    better="one",
)
def categorical_air(
    outcomes: Any, *, sensitive_features: Any, reference: Any = None
) -> list[dict[str, Any]]:
    """Return the impact ratio of each group in each category of an outcome, as tidy rows.

    ``category`` is the outcome and ``rate`` the share of the group that has it. Without
    `reference` each category has its own: the group with the highest share.

    Examples
    --------
    >>> rows = categorical_air(
    ...     ["A", "B", "A", "A"], sensitive_features={"sex": list("FFMM")}, reference="M"
    ... )
    >>> [(row["category"], row["sex"], row["rate"], row["value"]) for row in rows]
    [('A', 'F', 0.5, 0.5), ('A', 'M', 1.0, 1.0), ('B', 'F', 0.5, None), ('B', 'M', 0.0, None)]
    """
    rows = _grouped(sensitive_features, outcomes=outcomes)
    (codes,), classes = class_codes([rows.columns["outcomes"]])
    sizes = np.bincount(rows.group, minlength=len(rows.groups)).astype(np.float64)
    found: list[dict[str, Any]] = []
    for place, category in enumerate(classes):
        tops = np.bincount(rows.group, (codes == place).astype(np.float64), len(sizes))
        part = _to_reference(
            "categorical_air", rows.attributes, rows.groups, tops, sizes, sizes, reference
        )
        found += [{**row, "category": category} for row in part]
    return found


def _grouped(sensitive_features: Any, **given: Any) -> Any:
    if sensitive_features is None:
        raise MetricError("no sensitive_features were given")
    rows = read_rows(sensitive_features, None, **given)
    if len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    return rows


def _to_reference(
    name: str,
    attributes: tuple[str, ...],
    groups: tuple[Group, ...],
    tops: NDArray[Any],
    bottoms: NDArray[Any],
    sizes: NDArray[Any],
    reference: Any,
) -> list[dict[str, Any]]:
    """Return rates and their ratio to the reference, or to the highest; the reference has 1."""
    if np.count_nonzero(sizes) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    if reference is None:
        base = _chosen(tops, bottoms, bottoms, "highest")
    else:
        base = reference_of(groups, reference)
    pairs = zip(tops.tolist(), bottoms.tolist(), strict=True)
    rates = [top / bottom if bottom > 0 else math.nan for top, bottom in pairs]
    known = rates[base] > 0  # not where it is undefined
    reason = f"the rate of {listed([name_of(groups[base])])}, the reference, is 0 or undefined"
    lacks = [None if not math.isnan(rate) else "nobody of the group is counted" for rate in rates]
    columns: dict[str, Iterable[Any]] = {
        "value": [rate / rates[base] if known else math.nan for rate in rates],
        "n": [int(size) for size in sizes],
        "reason": [lack or (None if known else reason) for lack in lacks],
        "rate": rates,
    }
    return tidied(name, attributes, groups, columns)


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
