"""What a framework has to ask of the rows: scores above the median, classes, and pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import narwhals as nw

from auditkit.compliance.answers import Answers
from auditkit.counts import Group, group_text
from auditkit.errors import RequestError, SchemaError, nearest, shown
from auditkit.federation import Tally
from auditkit.loaders import Dataset
from auditkit.loaders.expressions import as_number, is_known
from auditkit.loaders.groups import group_columns
from auditkit.loaders.medians import exact_median
from auditkit.loaders.tally import group_keys, spellings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RowFacts", "ScoreSplit", "row_facts"]

_MAX_CLASSES = 30
_NO_ROWS = "not assessed: these are counts, not rows"


@dataclass(frozen=True, kw_only=True)
class ScoreSplit:
    """Scores, cut at the median of everybody.

    Attributes
    ----------
    column : str
        The scores.
    median : float
        Of all persons with a score, those of unknown group among them.
    n, missing, ties : int
        Persons with a score, without one, and those whose score *is* the median.
    above : mapping of group to (above, n)
        All protected attributes crossed; strictly above the median.
    """

    column: str
    median: float
    n: int
    missing: int
    ties: int
    above: Mapping[Group, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class RowFacts:
    """What was asked of the rows; what was not is None, with a reason.

    Attributes
    ----------
    scores : ScoreSplit or None
        For tables of scoring rates.
    classes : mapping of class to (mapping of group to (in the class, n)), or None
        For tools that classify; all protected attributes crossed.
    pay : DataFrame or None
        Pay, groups and factors, one row a person; never recorded.
    reasons : mapping of str to str
        Why something is None.
    """

    scores: ScoreSplit | None = None
    classes: Mapping[str, Mapping[Group, tuple[int, int]]] | None = None
    pay: pd.DataFrame | None = None
    pay_sampled_from: int | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)


def row_facts(
    data: Dataset | Tally, answers: Answers, kinds: set[str], *, limit: int, seed: int
) -> RowFacts:
    """Ask the rows what the tables of some kinds need, and nothing that they do not.

    Parameters
    ----------
    data : Dataset or Tally
        Counts have no rows: everything is then None, with the reason.
    answers : Answers
        Which columns hold classes and pay.
    kinds : set of str
        The kinds of tables that are asked for.
    limit, seed : int
        The most rows to hold in memory (for pay), and how to draw them.

    Raises
    ------
    SchemaError
        A column that is not there.
    RequestError
        A class column with too many values; pay that is not a number.
    """
    if isinstance(data, Tally):
        return RowFacts(reasons=dict.fromkeys(("scores", "classes", "pay"), _NO_ROWS))
    for name in answers.columns():
        if name not in data.columns:
            raise SchemaError(
                f"[compliance]: no column '{shown(name)}' in the data{nearest(name, data.columns)}"
            )
    found: dict[str, Any] = {}
    reasons = {
        "scores": "not assessed: no column of scores (--score)",
        "classes": "not assessed: no column of classes ([compliance] classes)",
        "pay": "not assessed: no column of pay ([compliance] pay)",
    }
    if data.schema.score is not None and "category_rates" in kinds:
        found["scores"] = _scores(data, data.schema.score)
    if answers.classes is not None and "category_rates" in kinds:
        found["classes"] = _classes(data, answers.classes)
    if answers.pay is not None and any(kind.startswith("pay") for kind in kinds):
        found["pay"], found["pay_sampled_from"] = _pay(data, answers, limit, seed)
    return RowFacts(**found, reasons={k: v for k, v in reasons.items() if k not in found})


def _scores(data: Dataset, column: str) -> ScoreSplit:
    median = _median(data, column)
    score = nw.col(column).cast(nw.Float64)
    keys = dict(group_keys(data.schema, data.schema.protected))
    known = is_known(nw.col(column))
    keys["__auditkit_side"] = (
        nw.when(known).then(as_number(score > median) + as_number(score >= median)).otherwise(-1)
    )
    above: dict[Group, list[int]] = {}
    missing = ties = persons = 0
    for group, (side,), people in _grouped(data, keys):
        if side is None or int(side) < 0:
            missing += people
            continue
        slot = above.setdefault(group, [0, 0])
        slot[0] += people if int(side) == 2 else 0
        slot[1] += people
        ties += people if int(side) == 1 else 0
        persons += people
    return ScoreSplit(
        column=column,
        median=median,
        n=persons,
        missing=missing,
        ties=ties,
        above={group: (a, n) for group, (a, n) in above.items()},
    )


def _median(data: Dataset, column: str) -> float:
    """Return the median of all persons, exactly; of rows that stand for several, as persons."""
    if data.schema.count is None:
        return exact_median(data, column)
    score, people = nw.col(column).cast(nw.Float64), nw.col(data.schema.count).cast(nw.Int64)
    known = data.lazy().filter(is_known(nw.col(column))).select(s=score, n=people)
    with data.asked():
        pairs = sorted((float(s), int(n)) for s, n in known.collect().rows() if n)
    total = sum(n for _, n in pairs)
    if not total:
        raise RequestError(f"--score '{shown(column)}' holds no number: it has no median")
    low, high = (_at(pairs, rank) for rank in ((total - 1) // 2, total // 2))
    return low if low == high else (low + high) / 2


def _at(pairs: list[tuple[float, int]], rank: int) -> float:
    for value, people in pairs:
        if rank < people:
            return value
        rank -= people
    raise AssertionError("a rank below the number of persons")


def _classes(data: Dataset, column: str) -> dict[str, dict[Group, tuple[int, int]]]:
    keys = dict(group_keys(data.schema, data.schema.protected))
    keys["__auditkit_class"] = nw.col(column)
    counted: dict[str, dict[Group, int]] = {}
    totals: dict[Group, int] = {}
    for group, (value,), people in _grouped(data, keys):
        name = group_text(value)
        if name is None:
            continue
        totals[group] = totals.get(group, 0) + people
        slot = counted.setdefault(name, {})
        slot[group] = slot.get(group, 0) + people
    if len(counted) > _MAX_CLASSES:
        raise RequestError(
            f"[compliance] classes: '{shown(column)}' has {len(counted)} values; a tool that "
            f"classifies into more than {_MAX_CLASSES} groups gives scores"
        )
    return {
        name: {group: (here.get(group, 0), n) for group, n in totals.items()}
        for name, here in sorted(counted.items())
    }


def _grouped(
    data: Dataset, keys: Mapping[str, nw.Expr]
) -> list[tuple[Group, tuple[Any, ...], int]]:
    """Return (group, further keys, persons) from one group-by on any engine."""
    schema = data.schema
    people = nw.lit(1) if schema.count is None else nw.col(schema.count).cast(nw.Int64)
    frame = data.lazy().select(**keys, __auditkit_people=people)
    with data.asked():
        table = (
            frame.group_by(*keys).agg(nw.col("__auditkit_people").sum().alias("__auditkit_n"))
        ).collect()
    names = [spellings(schema, name) for name in schema.protected]
    width, columns = len(names), table.columns
    order = [columns.index(name) for name in (*keys, "__auditkit_n")]
    found = []
    for row in table.rows():
        *key, n = (row[place] for place in order)
        texts = [group_text(value) for value in key[:width]]
        group = tuple(
            None if text is None else mapping.get(text, text)
            for text, mapping in zip(texts, names, strict=True)
        )
        found.append((group, tuple(key[width:]), int(n)))
    return found


def _pay(data: Dataset, answers: Answers, limit: int, seed: int) -> tuple[pd.DataFrame, int | None]:
    """Return pay, groups and factors, a row a person; a seeded sample of very many."""
    import pandas as pd

    assert answers.pay is not None
    if data.schema.count is not None:
        raise RequestError("[compliance] pay needs a row a person, not --count rows")
    drawn = data.rows(limit, seed)
    frame = drawn.frame
    pay = pd.to_numeric(frame[answers.pay], errors="coerce")
    if pay.notna().sum() == 0:
        raise RequestError(f"[compliance] pay: '{shown(answers.pay)}' holds no numbers")
    made = pd.DataFrame({"__pay": pay.to_numpy(dtype="float64")})
    for name, groups in group_columns(frame, data.schema).items():
        made[f"__group:{name}"] = pd.Series(groups, dtype="object")
    factors = dict.fromkeys([*answers.pay_factors, *answers.pay_contested])
    for name in factors:
        made[f"__factor:{name}"] = frame[name].to_numpy()
    if answers.pay_groups is not None:
        texts = [group_text(value) for value in frame[answers.pay_groups].tolist()]
        made["__grouping"] = pd.Series(texts, dtype="object")
    return made, drawn.total if drawn.sampled else None
