"""Pay: raw gaps, gaps at like factors, the factors themselves, and whether they are tainted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import inference
from auditkit.compliance.case import Case, Made
from auditkit.compliance.regression import Fit, design, least_squares
from auditkit.errors import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["pay_factors", "pay_gap", "pay_models", "pay_raw", "pay_tainted"]

SMALLEST_GROUPING, SMALLEST_GROUP = 30, 5
_FACTOR, _GROUP = "__factor:", "__group:"


def pay_raw(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate pay by group before any factor: mean, median, gap on the log scale."""
    if case.rows.pay is None:
        return Made(reason=case.rows.reasons["pay"])
    rows = []
    for grouping, attribute, base, frame in _groupings(case):
        pay, groups = frame["__pay"], frame[f"{_GROUP}{attribute}"]
        whole = least_squares(np.log(pay.to_numpy()), _dummies(groups, base))
        for group, part in pay.groupby(groups, sort=True):
            row: dict[str, Any] = {} if grouping is None else {"grouping": grouping}
            row |= {
                "attributes": [attribute],
                "group": [group],
                "n": len(part),
                "mean_pay": float(part.mean()),
                "median_pay": float(part.median()),
            }
            row |= _gap(whole, str(group), base, len(frame), int((groups == group).sum()))
            rows.append(row)
    return _made(case, rows)


def pay_models(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate gaps at like factors: none, the legitimate ones, and each contested one added."""
    if case.rows.pay is None:
        return Made(reason=case.rows.reasons["pay"])
    legitimate = list(case.answers.pay_factors)
    models = {"no factors": [], "legitimate factors": legitimate}
    models |= {
        f"with {name} (contested)": [*legitimate, name] for name in case.answers.pay_contested
    }
    if not legitimate:
        models.pop("legitimate factors")
    rows = []
    for grouping, attribute, base, frame in _groupings(case):
        for title, factors in models.items():
            fit, sizes = _fitted(frame, attribute, base, factors)
            for group, n in sizes.items():
                if group == base:
                    continue
                row: dict[str, Any] = {} if grouping is None else {"grouping": grouping}
                row |= {"model": title, "attributes": [attribute], "group": [group]}
                row |= {"reference": [base], "n": sum(sizes.values()), "group_n": n}
                row |= _gap(fit, group, base, sum(sizes.values()), n)
                row |= {
                    "df": None if fit is None else fit.df,
                    "r2": None if fit is None else fit.r2,
                    "controls": factors,
                }
                rows.append(row)
    return _made(case, rows)


def pay_factors(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate what each factor is worth in the model with the legitimate factors."""
    if case.rows.pay is None:
        return Made(reason=case.rows.reasons["pay"])
    if not case.answers.pay_factors:
        return Made(reason="not assessed: no factors ([compliance] pay_factors)")
    rows = []
    for grouping, attribute, base, frame in _groupings(case):
        fit, _ = _fitted(frame, attribute, base, list(case.answers.pay_factors))
        for name in () if fit is None else fit.names:
            if name == "constant" or name.startswith(_GROUP) or fit is None:
                continue
            b, error, robust = fit.of(name)
            row: dict[str, Any] = {} if grouping is None else {"grouping": grouping}
            row |= {"beside": attribute, "factor": name, "n": fit.n, "coefficient": b}
            row |= {"standard_error": error, "sd": _over(b, error), "sd_robust": _over(b, robust)}
            rows.append(row)
    return _made(case, rows)


def pay_tainted(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate whether a factor differs by group itself: then it may carry the gap it explains."""
    if case.rows.pay is None:
        return Made(reason=case.rows.reasons["pay"])
    factors = [*case.answers.pay_factors, *case.answers.pay_contested]
    if not factors:
        return Made(reason="not assessed: no factors ([compliance] pay_factors)")
    rows = []
    for grouping, attribute, base, frame in _groupings(case):
        for factor in factors:
            row: dict[str, Any] = {} if grouping is None else {"grouping": grouping}
            row |= {"factor": factor, "attributes": [attribute]}
            rows += [row | found for found in _tainted(frame, attribute, base, factor)]
    made = _made(case, rows)
    note = (
        "a factor that itself differs by group is not thereby wrong: it says that a gap which "
        "disappears once the factor is in the model may have moved into the factor"
    )
    return Made(rows=made.rows, notes=(*made.notes, note), reason=made.reason)


def pay_gap(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate mean and median gap, and the share of each group in the quarters of pay."""
    if case.rows.pay is None:
        return Made(reason=case.rows.reasons["pay"])
    sex = case.role("sex")
    if sex is None:
        return Made(reason="not assessed: no column is known to hold sex ([compliance] sex)")
    frame = _usable(case.rows.pay, sex)
    groups = frame[f"{_GROUP}{sex}"]
    base = _reference(case, sex, groups)
    quarters = _quarters(frame, groups)
    mean = frame.groupby(groups)["__pay"].mean()
    median = frame.groupby(groups)["__pay"].median()
    rows = []
    for group in sorted(mean.index):
        rows.append(
            {
                "attributes": [sex],
                "group": [group],
                "n": int((groups == group).sum()),
                "mean_pay": float(mean[group]),
                "median_pay": float(median[group]),
                "mean_gap": None if group == base else float(1 - mean[group] / mean[base]),
                "median_gap": None if group == base else float(1 - median[group] / median[base]),
                **{
                    f"share_of_{name}": quarters[name].get(group, 0.0)
                    for name in ("lower", "lower_middle", "upper_middle", "upper")
                },
            }
        )
    return _made(case, rows)


def _groupings(case: Case) -> Iterator[tuple[str | None, str, str, pd.DataFrame]]:
    """Yield each pay analysis grouping that is large enough, by attribute."""
    assert case.rows.pay is not None
    for attribute in case.protected:
        frame = _usable(case.rows.pay, attribute)
        if frame.empty:
            continue
        base = _reference(case, attribute, frame[f"{_GROUP}{attribute}"])
        if "__grouping" not in frame:
            yield None, attribute, base, frame
            continue
        for name, part in frame.groupby("__grouping", sort=True):
            sizes = part[f"{_GROUP}{attribute}"].value_counts()
            enough = len(part) >= SMALLEST_GROUPING and sizes.get(base, 0) >= SMALLEST_GROUP
            if enough:
                yield str(name), attribute, base, part


def _usable(frame: pd.DataFrame, attribute: str) -> pd.DataFrame:
    good = frame["__pay"].notna() & (frame["__pay"] > 0) & frame[f"{_GROUP}{attribute}"].notna()
    return frame.loc[good]


def _reference(case: Case, attribute: str, groups: pd.Series) -> str:
    named = case.reference(attribute)
    sizes = groups.value_counts()
    if named is not None and named in sizes:
        return named
    return str(sizes.index[0])


def _dummies(groups: pd.Series, base: str) -> dict[str, Any]:
    levels = sorted(set(groups) - {base})
    return {f"{_GROUP}{level}": (groups == level).to_numpy(dtype=np.float64) for level in levels}


def _fitted(
    frame: pd.DataFrame, attribute: str, base: str, factors: list[str]
) -> tuple[Fit | None, dict[str, int]]:
    """Fit log pay on the groups and factors; people with a missing factor are left out."""
    columns, whole = design(frame, [f"{_FACTOR}{name}" for name in factors])
    here = frame.loc[whole]
    groups = here[f"{_GROUP}{attribute}"]
    sizes = {str(group): int(n) for group, n in sorted(groups.value_counts().items())}
    if base not in sizes or len(sizes) < 2:
        return None, sizes
    y = np.log(here["__pay"].to_numpy(dtype=np.float64))
    return least_squares(y, {**_dummies(groups, base), **columns}), sizes


def _gap(fit: Fit | None, group: str, base: str, n: int, group_n: int) -> dict[str, Any]:
    """Return the gap of a group: per cent, standard error, standard deviations, marks."""
    empty = dict.fromkeys(("gap", "coefficient", "standard_error", "sd", "sd_robust"))
    if group == base:
        return {**empty, "marks": ["reference"]}
    name = f"{_GROUP}{group}"
    if fit is None or name not in fit.names:
        return {**empty, "marks": ["not computable"]}
    b, error, robust = fit.of(name)
    marks = []
    if group_n < SMALLEST_GROUP or n < SMALLEST_GROUPING:
        marks.append("too few")
    elif error and abs(b / error) >= 2:
        marks.append("significant")
    return {
        "gap": math.expm1(b),
        "coefficient": b,
        "standard_error": error,
        "sd": _over(b, error),
        "sd_robust": _over(b, robust),
        "marks": marks,
    }


def _over(value: float, error: float) -> float | None:
    return value / error if error else None


def _tainted(
    frame: pd.DataFrame, attribute: str, base: str, factor: str
) -> Iterator[dict[str, Any]]:
    """Compare a factor between each group and the reference, or over all groups if it is text."""
    import pandas as pd

    name, column = f"{_GROUP}{attribute}", f"{_FACTOR}{factor}"
    here = frame.loc[frame[column].notna()]
    groups, values = here[name], here[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        y = values.to_numpy(dtype=np.float64)
        fit = least_squares(y, _dummies(groups, base))
        for group in sorted(set(groups) - {base}):
            key = f"{_GROUP}{group}"
            if fit is None or key not in fit.names:
                continue
            b, error, _ = fit.of(key)
            sds = _over(b, error)
            yield {
                "group": [group],
                "reference": [base],
                "n": int(((groups == group) | (groups == base)).sum()),
                "measure": "difference of means",
                "value": b,
                "sd": sds,
                "p_value": None if sds is None else math.erfc(abs(sds) / math.sqrt(2)) or 5e-324,
                "marks": _differs(sds is not None and abs(sds) >= 2),
            }
        return
    from scipy import stats

    table = pd.crosstab(values.astype(str), groups).to_numpy()
    if min(table.shape) < 2:
        return
    p = max(float(stats.chi2_contingency(table, correction=False).pvalue), 5e-324)
    yield {
        "group": [],
        "reference": [],
        "n": int(table.sum()),
        "measure": "Cramér's V",
        "value": inference.cramers_v(table.tolist()),
        "sd": None,
        "p_value": p,
        "marks": _differs(p < 0.05),
    }


def _differs(yes: bool) -> list[str]:
    return ["differs by group"] if yes else []


def _quarters(frame: pd.DataFrame, groups: pd.Series) -> dict[str, dict[str, float]]:
    """Return the share of each group in each quarter of pay; people of equal pay are spread."""
    names = ("lower", "lower_middle", "upper_middle", "upper")
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    total, passed = len(frame), 0.0
    for _, part in groups.groupby(frame["__pay"], sort=True):
        sizes = part.value_counts()
        start, end = passed, passed + len(part)
        for quarter, name in enumerate(names):
            low, high = total * quarter / 4, total * (quarter + 1) / 4
            inside = max(0.0, min(end, high) - max(start, low)) / len(part)
            for group, n in sizes.items():
                slot = found[name]
                slot[str(group)] = slot.get(str(group), 0.0) + inside * n / (total / 4)
        passed = end
    return found


def _made(case: Case, rows: list[dict[str, Any]]) -> Made:
    assert case.rows.pay is not None
    pay = case.rows.pay["__pay"]
    left = int((pay.isna() | (pay <= 0)).sum())
    notes = [f"pay is known and above 0 for {len(pay) - left:,} of {len(pay):,} people"]
    if case.rows.pay_sampled_from is not None:
        notes.append(f"a seeded sample of {case.rows.pay_sampled_from:,} rows")
    if case.answers.pay_groups is not None:
        notes.append(
            f"within {shown(case.answers.pay_groups)}: groupings of fewer than {SMALLEST_GROUPING} "
            f"people, or of fewer than {SMALLEST_GROUP} in the reference group, are left out"
        )
    if not rows:
        return Made(notes=tuple(notes), reason="not computable: no grouping is large enough")
    return Made(rows=tuple(rows), notes=tuple(notes))
