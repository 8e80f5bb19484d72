"""What needs several columns at once: joint proxies, repeated rows, quality by group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from auditkit import inference
from auditkit.columns import Column, Kind
from auditkit.profiling.compared import MIN_PEOPLE, Compared
from auditkit.profiling.crossfit import FOLDS, CrossFit, Drawn, drawn
from auditkit.profiling.joint import Joint, joint_proxies
from auditkit.profiling.levels import Ranked, level_codes
from auditkit.profiling.measured import Measured, MeasuredScan, is_measurement, rounded
from auditkit.profiling.noise import Contradicted, contradicted
from auditkit.profiling.reliability import reliability
from auditkit.profiling.repeats import Repeat, RowKeys
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NOTHING", "TogetherScan"]

BINS = 10
MAX_LEVELS = 49
"""Levels of text that a model sees apart; the rest are one level."""
MOST_FEATURE_ROWS = 300
"""Comparisons of numbers that are kept in the record: those with the smallest p-values."""
_SEEN = (Kind.NUMERIC, Kind.BOOLEAN, Kind.DATE, Kind.CATEGORICAL)
_Tested = TypeVar("_Tested", Repeat, Measured, Contradicted)

NOTHING: Mapping[str, Any] = {
    "sample": None, "tests": 0, "duplicates": [], "features": [], "noise": [],
}  # fmt: skip
"""The quality of data that were not looked at."""


class TogetherScan:
    """Gathers what is needed of each column, and then asks the questions.

    Parameters
    ----------
    groups : list of Compared
        The protected attributes.
    rows : Rows
        Weights, and our order of rows.
    event : ndarray of float or None
        The outcome in our order of rows.
    """

    def __init__(
        self, groups: list[Compared], rows: Rows, event: NDArray[np.float64] | None
    ) -> None:
        self.groups, self.rows, self.event = groups, rows, event
        self.keys = RowKeys(rows)
        self.names: list[str] = []
        self.levels: list[NDArray[Any]] = []
        self.numbers: list[tuple[str, int, int, bool]] = []
        self.measured = MeasuredScan()

    def see(self, column: Column, cells: Ranked) -> None:
        """Look at one column."""
        if column.kind is not Kind.IDENTIFIER:
            self.keys.add(column.name, cells)
        if column.kind not in _SEEN:
            return
        levels = level_codes(
            cells, self.rows, bins=BINS, max_levels=MAX_LEVELS, min_people=MIN_PEOPLE
        )
        if levels.size < 2:
            return
        if column.kind is Kind.NUMERIC and levels.size > 4:
            known = levels.size - levels.missing
            self.numbers.append((column.name, len(self.names), known, levels.missing))
        self.names.append(column.name)
        self.levels.append(levels.codes.astype(np.uint8))
        if is_measurement(column, cells):
            coarse = rounded(cells.values)
            for group in self.groups:
                if group.name != column.name:
                    self.measured.see(column, cells, group, coarse)

    def found(
        self,
        *,
        seed: int,
        level: float,
        strong: Mapping[str, Collection[str]],
        leaks: Collection[str],
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return the rows on all features together, and on quality by group.

        Parameters
        ----------
        seed : int
            Of the sample and the folds.
        level : float
            Confidence level.
        strong : mapping of str to collection of str
            Attribute to the features that are strong proxies by themselves.
        leaks : collection of str
            Features that give the outcome away: the model of the outcome goes without them.
        """
        for group in self.groups:
            self.keys.add_codes(group.attribute.codes)
        attributes = [group.attribute for group in self.groups]
        repeats = self.keys.found(self.event, attributes)
        people = self._drawn(seed)
        joint: list[Joint] = []
        steady: list[Measured] = []
        noise: list[Contradicted] = []
        levels = merged = 0
        if self.names and len(people.take):
            from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

            with threadpool_limits(limits=1, user_api="blas"):  # the equations are small
                fit = CrossFit([codes[people.take].astype(int) for codes in self.levels], people)
                levels, merged = fit.size, int(fit.merged.sum())
                steady = reliability(self._numbers(people), self.groups, fit)
                joint = self._joint(fit, strong, level)
                if self.event is not None:
                    used = [k for k, name in enumerate(self.names) if name not in leaks]
                    event = self.event[people.take]
                    noise = contradicted(event, self.groups, fit, used, level=level)
        return [row.to_dict() for row in joint], self._quality(
            repeats, [*self.measured.found(), *steady], noise,
            {**self._sample(people, seed), "levels": levels, "merged": merged},
        )  # fmt: skip

    def _drawn(self, seed: int) -> Drawn:
        keys = self.keys.keys
        if self.event is not None:
            keys = keys + np.where(np.isnan(self.event), 2, self.event).astype(np.uint64)
        return drawn(keys, self.rows, seed=seed)

    def _joint(
        self, fit: CrossFit, strong: Mapping[str, Collection[str]], level: float
    ) -> list[Joint]:
        asked: list[tuple[Compared, list[str]]] = [(group, []) for group in self.groups]
        without = [(group, sorted(strong.get(group.name, ()))) for group in self.groups]
        asked += [(group, names) for group, names in without if names]
        found = joint_proxies(asked, self.names, fit, level=level)
        found.sort(key=lambda row: row.attribute)
        adjusted = inference.holm([row.p_value for row in found])
        return [replace(row, p_adjusted=p) for row, p in zip(found, adjusted, strict=True)]

    def _numbers(self, people: Drawn) -> list[tuple[str, int, NDArray[np.float64]]]:
        """Return the numbers as ranks from 0 to 1."""
        found = []
        for name, place, known, missing in self.numbers:
            values = self.levels[place][people.take].astype(np.float64)
            if missing:
                values[values == known] = np.nan
            found.append((name, place, values / max(known - 1, 1)))
        return found

    def _sample(self, people: Drawn, seed: int) -> dict[str, Any]:
        return {"people": len(people.take), "of": people.total, "seed": seed, "folds": FOLDS}

    def _quality(
        self,
        repeats: list[Repeat],
        features: list[Measured],
        noise: list[Contradicted],
        sample: dict[str, Any],
    ) -> dict[str, Any]:
        """Correct all tests of quality together, and keep the comparisons that say most."""
        tests: dict[tuple[Any, ...], float | None] = {}
        keys: dict[int, tuple[Any, ...]] = {}
        tested: list[Repeat | Measured | Contradicted] = [*repeats, *features, *noise]
        for row in tested:
            if row.p_value is not None:
                keys[id(row)] = _test(row)
                tests[_test(row)] = row.p_value
        adjusted = dict(zip(tests, inference.holm(list(tests.values())), strict=True))

        def corrected(rows: Iterable[_Tested]) -> list[_Tested]:
            return [
                replace(row, p_adjusted=adjusted[keys[id(row)]]) if id(row) in keys else row
                for row in rows
            ]

        order: Callable[[Measured], Any] = lambda row: (  # noqa: E731
            1.0 if row.p_value is None else row.p_value, row.attribute, row.feature, row.measure,
        )  # fmt: skip
        ranked = sorted(corrected(features), key=order)
        return {
            "sample": sample,
            "tests": len(tests),
            "duplicates": [row.to_dict() for row in corrected(repeats)],
            "features": [row.to_dict() for row in ranked[:MOST_FEATURE_ROWS]],
            "noise": [row.to_dict() for row in corrected(noise)],
        }


def _test(row: Repeat | Measured | Contradicted) -> tuple[Any, ...]:
    """Name the test that a row speaks of; the groups of an attribute share one."""
    if isinstance(row, Repeat):
        return (row.what, row.attributes)
    if isinstance(row, Contradicted):
        return ("noise", row.attributes)
    return (row.measure, row.attribute, row.feature)
