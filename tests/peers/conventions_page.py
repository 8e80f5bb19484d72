"""The tables of ``docs/conventions.md``, from the code; run as a script, it writes them there.

A table stands between ``<!-- conventions: NAME -->`` and ``<!-- end -->``; ``tests/test_peers.py``
holds the page against this.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from auditkit.counts import Cube
from auditkit.errors import MetricError
from auditkit.metrics.compare import compare
from auditkit.metrics.conventions import CONVENTIONS
from auditkit.metrics.counterparts import COUNTERPARTS, counterpart
from auditkit.metrics.explain import question_of

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
BLOCK = re.compile(r"(<!-- conventions: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

HIRING = {"men": (10, 6, 4, 20), "women": (14, 2, 8, 8), "other": (5, 1, 0, 0)}
"""Group → TN, FP, FN, TP."""

EDGES: dict[str, tuple[str, dict[str, tuple[int, int, int, int]]]] = {
    "nobody is selected": ("demographic_parity_ratio", {"a": (3, 0, 2, 0), "b": (4, 0, 1, 0)}),
    "nobody in the reference is selected": (
        "demographic_parity_ratio",
        {"a": (3, 0, 2, 0), "b": (2, 2, 0, 1)},
    ),
    "nobody in the other group is selected": (
        "demographic_parity_ratio",
        {"a": (2, 2, 0, 1), "b": (3, 0, 2, 0)},
    ),
    "b has no positive labels": (
        "equal_opportunity_difference",
        {"a": (2, 1, 0, 3), "b": (3, 1, 0, 0)},
    ),
    "b has no positive labels (ratio)": (
        "equal_opportunity_ratio",
        {"a": (2, 1, 0, 3), "b": (3, 1, 0, 0)},
    ),
    "b has no positive labels (both odds)": (
        "equalized_odds_difference",
        {"a": (4, 0, 1, 3), "b": (3, 1, 0, 0)},
    ),
    "selection rates 1/3 and 1/6": (
        "demographic_parity_ratio",
        {"a": (2, 0, 0, 1), "b": (5, 1, 0, 0)},
    ),
    "no false positives in b": (
        "treatment_equality_difference",
        {"a": (1, 1, 2, 3), "b": (2, 0, 1, 3)},
    ),
}

ASKED = (
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "false_positive_rate_difference",
    "false_positive_rate_ratio",
    "predictive_parity_difference",
    "predictive_parity_ratio",
    "accuracy_difference",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "average_odds_difference",
    "treatment_equality_difference",
)


def number(value: float | None) -> str:
    """Return a value as the page shows it."""
    if value is None:
        return "·"
    if math.isnan(value):
        return "undefined"
    return "infinite" if math.isinf(value) else f"{value:.4g}".replace("-", "−")


def under(
    convention: str, metric: str, cells: dict[str, tuple[int, int, int, int]], reference: str | None
) -> float | None:
    """Return the number of a convention, or None where it has no such metric."""
    n = np.zeros((len(cells), 3, 3), dtype=np.int64)
    n[:, :2, :2] = np.array(list(cells.values())).reshape(-1, 2, 2)
    cube = Cube(("group",), tuple((name,) for name in cells), n, n.astype(float), n.astype(float))
    question = question_of(metric)
    try:
        row = counterpart(convention, question.metric, question.combine)
    except MetricError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compare(question, cube, CONVENTIONS[convention], row, reference).value


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _columns() -> list[tuple[str, str, bool]]:
    found = [("auditkit", "auditkit", False), ("auditkit, reference", "auditkit", True)]
    return found + [
        (name, name, rules.needs_reference)
        for name, rules in CONVENTIONS.items()
        if name != "auditkit"
    ]


def hiring() -> str:
    """Return the same table under every convention."""
    columns = _columns()
    return table(
        ("metric", *(title for title, _, _ in columns)),
        (
            (
                f"`{metric}`",
                *(
                    number(under(name, metric, HIRING, "men" if held else None))
                    for _, name, held in columns
                ),
            )
            for metric in ASKED
        ),
    )


def edges() -> str:
    """Return small tables with an empty cell under every convention."""
    columns = _columns()
    return table(
        ("what happens", "metric", *(title for title, _, _ in columns)),
        (
            (
                what,
                f"`{metric}`",
                *(
                    number(under(name, metric, cells, "a" if held else None))
                    for _, name, held in columns
                ),
            )
            for what, (metric, cells) in EDGES.items()
        ),
    )


def rules() -> str:
    """Return the rules of every convention."""
    who = {
        "extremes": "the extreme groups",
        "each": "each group with the reference",
        "rest": "all other groups, pooled, with the reference",
    }

    def rates(name: str) -> str:
        row = CONVENTIONS[name]
        others: dict[float, list[str]] = {}
        for rate, value in row.empty_rates:
            others.setdefault(value, []).append(rate)
        text = number(row.empty_rate)
        for value, names in others.items():
            text += f"; {number(value)} for {', '.join(f'`{n}`' for n in names)}"
        return text

    return table(
        ("convention", "who is compared", "difference", "ratio", "a rate 0/0",
         "a ratio 0/0, x/0, 0/x", "rounding"),
        (
            (
                f"`{row.name}`",
                "; with a reference: ".join(
                    who[kind] for kind in (row.without_reference, row.with_reference) if kind
                ),
                row.differences or "·",
                row.ratios,
                rates(row.name),
                ", ".join(map(number, (row.zero_by_zero, row.by_zero, row.of_zero))),
                "none" if row.decimals is None else f"rates to {row.decimals} decimals",
            )
            for row in CONVENTIONS.values()
        ),
    )  # fmt: skip


def sources() -> str:
    """Return where the rules were read."""
    return table(
        ("convention", "library", "version", "files", ""),
        (
            (f"`{row.name}`", row.library, row.version or "this one", f"`{row.source}`", row.note)
            for row in CONVENTIONS.values()
        ),
    )


def counterparts() -> str:
    """Return the function of each library that answers the question of each metric."""
    names = [name for name in CONVENTIONS if name != "auditkit"]
    metrics = dict.fromkeys(row.metric for row in COUNTERPARTS)

    def functions(metric: str, name: str) -> str:
        found = [r.function for r in COUNTERPARTS if (r.metric, r.convention) == (metric, name)]
        return "<br>".join(f"`{function}`" for function in found) or "·"

    return table(
        ("metric", *(f"`{name}`" for name in names)),
        (
            (f"`{metric}`", *(functions(metric, name) for name in names))
            for metric in sorted(metrics)
        ),
    )


TABLES: dict[str, Callable[[], str]] = {
    "rules": rules,
    "hiring": hiring,
    "edges": edges,
    "counterparts": counterparts,
    "sources": sources,
}


def fresh(text: str) -> str:
    """Return a page with its tables made again."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text("utf-8")), encoding="utf-8")
