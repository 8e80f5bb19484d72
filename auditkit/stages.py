"""Stages of a process that people pass one after the other: applied, screened, hired.

A stage is read from a column of its own (reached or not), or from one column that holds the
furthest stage that each person reached. In counts each stage is an outcome, `reached:NAME`: 1
reached, 0 not reached, 2 unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.errors import RequestError, listed, shown

__all__ = ["REACHED", "Stage", "stages_of"]

REACHED = "reached:"
"""What the outcome of a stage begins with in counts."""

_KEYS = ("name", "column", "value")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name : str
        What it is called.
    column : str or None
        The column that says whether it was reached; None where `stage_column` holds it.
    values : tuple of str
        The values that mean *reached* (of `column`), or *this stage* (of `stage_column`). Empty
        asks for inference, which is done only for 0/1, true/false and yes/no.
    """

    name: str
    column: str | None = None
    values: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """The name of its outcome in counts."""
        return REACHED + self.name

    def __str__(self) -> str:
        """Return it as the option takes it."""
        parts = [part for part in (self.column, "|".join(self.values)) if part]
        return "=".join([self.name, ":".join(parts)]) if parts else self.name

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return {"name": self.name, "column": self.column, "values": list(self.values)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Stage:
        """Rebuild a stage from a record."""
        return cls(name=data["name"], column=data["column"], values=tuple(data["values"]))


def stages_of(asked: Any, stage_column: str | None = None) -> tuple[Stage, ...]:
    """Read stages, first to last.

    Parameters
    ----------
    asked : sequence of str, mapping or Stage
        Text is ``NAME=COLUMN``, ``NAME=COLUMN:VALUE`` or, with `stage_column`, ``NAME=VALUE``; a
        ``NAME`` alone is the column, or the value, of that name. A mapping has ``name``,
        ``column`` and ``value`` (one, or a list). With `stage_column` a name may be given more
        than once: each adds a value.
    stage_column : str, optional
        The column that holds the furthest stage reached.

    Returns
    -------
    tuple of Stage

    Raises
    ------
    RequestError
        When a stage cannot be read, is there twice, or is alone.

    Examples
    --------
    >>> [str(stage) for stage in stages_of(["applied", "hired=outcome:yes"])]
    ['applied=applied', 'hired=outcome:yes']
    >>> [str(stage) for stage in stages_of(["applied", "hired=offer"], "furthest")]
    ['applied=applied', 'hired=offer']
    """
    items = [asked] if isinstance(asked, str | Mapping | Stage) else list(asked or ())
    merged: dict[str, Stage] = {}
    for item in items:
        stage = _stage(item, stage_column)
        before = merged.get(stage.name)
        if before is not None:
            if stage_column is None:
                raise RequestError(f"--stage: '{shown(stage.name)}' is there twice; name each once")
            stage = Stage(name=stage.name, values=(*before.values, *stage.values))
        merged[stage.name] = stage
    found = tuple(merged.values())
    _check(found, stage_column)
    return found


def _check(found: Sequence[Stage], stage_column: str | None) -> None:
    if stage_column is not None and not found:
        raise RequestError(
            f"--stage-column '{shown(stage_column)}': name its stages, first to last, with --stage"
        )
    if len(found) == 1:
        raise RequestError(
            f"--stage '{shown(found[0].name)}' is the only one: name at least two, first to last"
        )
    what = "column" if stage_column is None else "value"
    seen: dict[str, str] = {}
    for stage in found:
        for key in [stage.column or ""] if stage_column is None else stage.values:
            if key in seen:
                mend = "; for one column with several stages there is --stage-column"
                raise RequestError(
                    f"--stage: '{shown(seen[key])}' and '{shown(stage.name)}' both name the {what} "
                    f"'{shown(key)}'{mend if stage_column is None else ''}"
                )
            seen[key] = stage.name


def _stage(item: Any, stage_column: str | None) -> Stage:
    if isinstance(item, Stage):
        return item
    if isinstance(item, str):
        return _from_text(item, stage_column)
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str) or not item["name"]:
        raise RequestError('stages: each needs a name, as in  name = "hired"')
    unknown = [key for key in item if key not in _KEYS]
    if unknown:
        raise RequestError(f"stages: '{shown(item['name'])}' has unknown keys {listed(unknown)}")
    name, column, value = (item.get(key) for key in _KEYS)
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    if not all(isinstance(one, str | int | float) for one in values):
        raise RequestError(f"stages: the value of '{shown(name)}' must be text or a number")
    if column is not None and (not isinstance(column, str) or not column):
        raise RequestError(f"stages: the column of '{shown(name)}' must be text")
    return _made(str(name), column, tuple(map(str, values)), stage_column)


def _from_text(text: str, stage_column: str | None) -> Stage:
    name, sign, rest = text.partition("=")
    if not name or (sign and not rest):
        form = "NAME=VALUE" if stage_column is not None else "NAME=COLUMN or NAME=COLUMN:VALUE"
        raise RequestError(f"--stage '{shown(text)}': write it as {form}")
    if stage_column is not None:
        return _made(name, None, (rest,) if rest else (), stage_column)
    column, colon, value = rest.partition(":")
    if colon and not (column and value):
        raise RequestError(f"--stage '{shown(text)}': write it as NAME=COLUMN:VALUE")
    return _made(name, column or None, (value,) if value else (), stage_column)


def _made(
    name: str, column: str | None, values: tuple[str, ...], stage_column: str | None
) -> Stage:
    if stage_column is None:
        return Stage(name=name, column=column or name, values=values)
    if column is not None:
        raise RequestError(
            f"stages: '{shown(name)}' names a column, and so does --stage-column: one of the two"
        )
    return Stage(name=name, values=values or (name,))
