"""A Finding: one sentence that can be checked by hand, with its evidence and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from auditkit.counts import Group

__all__ = ["KINDS", "LEVELS", "Finding", "group_name", "number", "numbered", "percent", "points"]

LEVELS = ("flag", "inconclusive", "note", "pass")
"""From what needs attention to what does not."""

KINDS = (
    "outcome-gap",
    "decision-gap",
    "model-gap",
    "error-gap",
    "stage-gap",
    "cause",
    "remedy",
    "subgroup",
    "simpson",
    "representation",
    "small-group",
    "missingness",
    "proxy",
    "leakage",
    "feature-quality",
    "label-quality",
    "duplicates",
    "group-spelling",
    "not-identified",
)
"""What a finding can be about, in the order in which a reader should meet them."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that the audit found, or could not decide.

    Attributes
    ----------
    id : str
        ``kind-number``; stable for the same data and settings.
    kind, level : str
        See :data:`KINDS` and :data:`LEVELS`.
    stage : str or None
        ``label``, ``model``, ``decision``, or None for facts about the data.
    attributes, group : tuple
        Of whom it speaks; empty where it speaks of all.
    title, detail : str
        A short sentence, and the sentence with its numbers.
    evidence : mapping
        The numbers of `detail`, by name.
    action, limits : str
        What to do next, and what this does not show.
    """

    kind: str
    level: str
    title: str
    detail: str
    action: str
    limits: str
    stage: str | None = None
    attributes: tuple[str, ...] = ()
    group: Group = ()
    evidence: Mapping[str, Any]
    id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record, keys in the order of the contract."""
        order = (
            "id", "kind", "level", "stage", "attributes", "group", "title", "detail", "evidence",
            "action", "limits",
        )  # fmt: skip
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        plain |= {"attributes": list(self.attributes), "group": list(self.group)}
        plain["evidence"] = dict(self.evidence)
        return {name: plain[name] for name in order}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Rebuild a finding from a record."""
        rest = {k: v for k, v in data.items() if k not in {"attributes", "group"}}
        return cls(attributes=tuple(data["attributes"]), group=tuple(data["group"]), **rest)


def numbered(found: Sequence[Finding]) -> list[Finding]:
    """Sort by level and kind, and give each finding its id."""
    order = sorted(
        found, key=lambda f: (LEVELS.index(f.level), KINDS.index(f.kind))
    )  # stable: within a kind, as they were found
    seen: dict[str, int] = {}
    result = []
    for item in order:
        seen[item.kind] = seen.get(item.kind, 0) + 1
        result.append(replace(item, id=f"{item.kind}-{seen[item.kind]}"))
    return result


def group_name(group: Sequence[str | None]) -> str:
    """Return the name of a group for a sentence.

    Examples
    --------
    >>> group_name(("Female", None))
    'Female / (missing)'
    """
    return " / ".join("(missing)" if part is None else part for part in group)


def percent(value: float | None) -> str:
    """Return a share to a tenth of a per cent.

    Examples
    --------
    >>> percent(0.2402)
    '24.0 %'
    """
    return "not computable" if value is None else f"{100 * value:.1f} %"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, signed.

    Examples
    --------
    >>> points(-0.1405)
    '−14.1 points'
    """
    return f"{100 * value:+.1f} points".replace("-", "−")


def number(value: float | None, digits: int = 2) -> str:
    """Return a plain number; tiny p-values in powers of ten, and never as 0.

    Examples
    --------
    >>> number(0.578), number(4.76e-05), number(1050.0), number(1e-320)
    ('0.58', '4.8e-5', '1,050', 'below 1e-300')
    """
    if value is None:
        return "not computable"
    if 0 < abs(value) < 1e-300:
        return "below 1e-300"
    if value and abs(value) < 0.5 * 10**-digits:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{digits}f}"
