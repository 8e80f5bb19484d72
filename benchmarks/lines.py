"""What a work reports: a ratio against somebody, beside its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clock import Times


@dataclass(frozen=True)
class Line:
    """One line of the table. `at_least`: the target is a floor, not a ceiling."""

    work: str
    what: str
    against: str
    target: float | None
    at_least: bool
    reached: float | None
    cpu: float | None = None
    note: str = ""
    unit: str = "x"

    @property
    def met(self) -> str:
        """Say whether the target is met."""
        if self.reached is None:
            return "not measured"
        if self.target is None:
            return ""
        good = self.reached >= self.target if self.at_least else self.reached <= self.target
        return "yes" if good else "no"

    def cells(self) -> tuple[str, ...]:
        """Return the line as text."""
        sign = "≥" if self.at_least else "≤"
        target = "" if self.target is None else f"{sign} {number(self.target, self.unit)}"
        reached = number(self.reached, self.unit)
        return (
            self.work, self.what, self.against, target, reached, number(self.cpu), self.met,
            self.note,
        )  # fmt: skip


HEAD = ("work", "what", "against", "target", "reached", "(cpu)", "met", "note")


def faster(work: str, what: str, times: Times, peer: str, ours: str, target: float | None,
           scale: float = 1.0, note: str = "") -> Line:  # fmt: skip
    """Say how many times as fast we are."""
    if peer not in times.wall:
        return Line(work, what, peer, target, True, None, note=note)
    cpu = times.cpu_ratio(peer, ours)
    return Line(work, what, peer, target, True, scale * times.ratio(peer, ours),
                None if cpu is None else scale * cpu, note)  # fmt: skip


def cost(work: str, what: str, times: Times, floor: str, ours: str, target: float | None,
         note: str = "") -> Line:  # fmt: skip
    """Say how many times the floor we cost."""
    return Line(work, what, floor, target, False, times.ratio(ours, floor),
                times.cpu_ratio(ours, floor), note)  # fmt: skip


def number(value: float | None, unit: str = "x") -> str:
    """Write a ratio: three digits are enough."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{float(f'{value:.2g}'):,.0f}{unit}"
    return f"{value:.0f}{unit}" if value >= 100 else f"{value:.3g}{unit}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
