"""What only a person can say: roles of columns and answers, from ``[compliance]`` of audit.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditkit.compliance.packs import Pack, pack_names, read_pack
from auditkit.errors import RequestError, listed, nearest, shown

__all__ = ["SETTINGS", "Alternative", "Answers", "answers_from", "attribute_of"]

SETTINGS: dict[str, type | tuple[type, ...]] = {
    "sex": str,
    "race": str,
    "stage": str,
    "output_type": str,
    "classes": str,
    "period": str,
    "job": str,
    "pay": str,
    "pay_factors": list,
    "pay_contested": list,
    "pay_groups": str,
    "exclude_small_categories": bool,
    "alternatives": list,
}
_STAGES = ("label", "decision", "model")
_OUTPUTS = ("selection", "classification", "score")
_ALTERNATIVE = ("name", "change", "measure", "disparity", "kept", "reason")

# Names by which a column is taken for one of sex or of race, letters and digits only.
_NAMED = {
    "sex": ("sex", "gender", "sexgender", "gendersex"),
    "race": (
        "race", "ethnicity", "raceethnicity", "ethnicityrace", "ethnicgroup", "racialgroup",
        "ethnicorigin",
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """A less discriminatory alternative that was tried, as the user tells it."""

    name: str
    change: str = ""
    measure: str = ""
    disparity: str = ""
    kept: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Roles of columns for the frameworks, and answers to their fields."""

    sex: str | None = None
    race: str | None = None
    stage: str | None = None
    output_type: str | None = None
    classes: str | None = None
    period: str | None = None
    job: str | None = None
    pay: str | None = None
    pay_factors: tuple[str, ...] = ()
    pay_contested: tuple[str, ...] = ()
    pay_groups: str | None = None
    exclude_small_categories: bool = False
    alternatives: tuple[Alternative, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named here and play no other role."""
        one = (self.classes, self.pay, self.pay_groups)
        named = [name for name in one if name is not None]
        return tuple(dict.fromkeys([*named, *self.pay_factors, *self.pay_contested]))


def answers_from(settings: Mapping[str, Any], packs: Sequence[Pack]) -> Answers:
    """Check ``[compliance]`` and sort it: settings, and answers to fields.

    Raises
    ------
    RequestError
        An unknown key, with the nearest one; a value of the wrong kind.
    """
    if not settings:
        return Answers()
    shipped = [read_pack(name) for name in pack_names()]
    known = {item.id for pack in (*shipped, *packs) for item in pack.fields}
    values: dict[str, Any] = {}
    told: dict[str, str] = {}
    for raw, value in settings.items():
        key = str(raw).replace("-", "_")
        if key in SETTINGS:
            if not isinstance(value, SETTINGS[key]):
                raise RequestError(f"[compliance] {key} cannot be {shown(value, 40)}")
            values[key] = value
        elif key in known:
            told[key] = _text(key, value)
        else:
            both = [*SETTINGS, *sorted(known)]
            raise RequestError(f"[compliance]: unknown key '{shown(raw)}'{nearest(key, both)}")
    for key, allowed in (("stage", _STAGES), ("output_type", _OUTPUTS)):
        if values.get(key) not in {None, *allowed}:
            raise RequestError(
                f"[compliance] {key} is '{shown(values[key])}'; use {listed(allowed)}"
            )
    for key in ("pay_factors", "pay_contested"):
        names = values.get(key, [])
        if not all(isinstance(name, str) for name in names):
            raise RequestError(f"[compliance] {key} must be a list of column names")
        values[key] = tuple(names)
    values["alternatives"] = tuple(_alternative(row) for row in values.get("alternatives", []))
    return Answers(**values, fields=told)


def _text(key: str, value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise RequestError(f"[compliance] {key} must be text, a number or a date")


def _alternative(row: Any) -> Alternative:
    if not isinstance(row, dict) or "name" not in row:
        raise RequestError("[[compliance.alternatives]] needs a name")
    for key, value in row.items():
        if key not in _ALTERNATIVE:
            raise RequestError(
                f"[[compliance.alternatives]]: unknown key '{shown(key)}'"
                f"{nearest(key, _ALTERNATIVE)}"
            )
        if not isinstance(value, str | int | float | bool):
            raise RequestError(f"[[compliance.alternatives]] {key} must be text or a number")
    return Alternative(**{key: _text(key, value) for key, value in row.items()})


def attribute_of(
    role: str, answers: Answers, protected: Iterable[str]
) -> tuple[str | None, str | None]:
    """Return the protected column that is sex (or race), and a sentence where it was inferred.

    Raises
    ------
    RequestError
        When ``[compliance]`` names a column that is not protected.

    Examples
    --------
    >>> attribute_of("sex", Answers(), ["Gender", "age"])[0]
    'Gender'
    """
    columns = list(protected)
    named = getattr(answers, role)
    if named is not None:
        if named not in columns:
            raise RequestError(
                f"[compliance] {role} = '{shown(named)}' is not a --protected column"
                f"{nearest(named, columns)}"
            )
        return named, None
    found = [name for name in columns if _plain(name) in _NAMED.get(role, ())]
    if len(found) != 1:
        return None, None
    return found[0], (
        f"the column '{shown(found[0])}' is taken for {role}, by its name; another can be named "
        f"with [compliance] {role}"
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
