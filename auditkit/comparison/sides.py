"""What the two audits say of themselves: definitions, people, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from auditkit.counts import Counts
from auditkit.errors import RequestError, listed
from auditkit.findings.finding import Finding, group_name
from auditkit.record import Audit

__all__ = ["about", "definitions", "findings", "only_in_one", "refuse_other_outcome"]

_DEFINITIONS = (
    "label", "positive", "unfavorable", "prediction", "score", "threshold", "weight", "bins",
    "values",
)  # fmt: skip


def about(audit: Audit) -> dict[str, Any]:
    """Say which audit this is."""
    return {
        "source": audit.data["source"],
        "sha256": audit.data["sha256"],
        "created": audit.created,
        "people": audit.data["people"],
    }


def refuse_other_outcome(old: Audit, new: Audit) -> None:
    """Refuse to compare a good with a harm, or one outcome with another."""
    for name in ("positive", "unfavorable"):
        then, now = old.schema[name], new.schema[name]
        if then != now and None not in (then, now):
            raise RequestError(
                f"the audits judge different outcomes: {name} is {listed([then])} in the old one "
                f"and {listed([now])} in the new one"
            )


def definitions(old: Audit, new: Audit) -> Iterable[str]:
    """Yield what the two audits define differently, and what the tests assume."""
    for name in _DEFINITIONS:
        then, now = old.schema.get(name), new.schema.get(name)
        if then != now:
            yield f"{name} differs: {_said(then)} then, {_said(now)} now"
    changed = [k for k, v in new.policy.items() if old.policy.get(k) != v and k != "name"]
    if changed:
        yield f"the policies differ in {listed(changed)}; the new one judges here"
    same = old.data["sha256"] is not None and old.data["sha256"] == new.data["sha256"]
    if same:
        yield (
            "both audits read the same file, so the people are the same; the tests take them for "
            "different people and are cautious"
        )
    else:
        yield "the tests take the people of the two audits for different people"
    gone = [n for n in old.schema["protected"] if n not in new.schema["protected"]]
    come = [n for n in new.schema["protected"] if n not in old.schema["protected"]]
    if gone:
        yield f"not in the new audit: {listed(gone)}"
    if come:
        yield f"not in the old audit: {listed(come)}"
    then, now = old.counts.outcomes, new.counts.outcomes
    for stage in sorted({*then} ^ {*now}):
        yield f"stage '{stage}' is only in the {'old' if stage in then else 'new'} audit"


def _said(value: Any) -> str:
    return "none" if value in (None, {}, []) else listed([value])


def only_in_one(old: Counts, new: Counts, attributes: Sequence[str]) -> Iterable[str]:
    """Name the groups of a single attribute that only one audit has."""
    if len(attributes) > 1:
        return
    then, now = (set(counts.cube(attributes).groups) for counts in (old, new))
    if not then & now:
        names = [listed(sorted(map(group_name, side)), 4) for side in (then, now)]
        raise RequestError(
            f"{attributes[0]}: no group is in both audits ({names[0]} then, {names[1]} now); map "
            "the spellings in audit.toml"
        )
    for groups, what in ((then - now, "old"), (now - then, "new")):
        if groups:
            some = listed(sorted(group_name(group) for group in groups))
            yield f"{attributes[0]}: only in the {what} audit: {some}"


def findings(old: Audit, new: Audit) -> Iterable[dict[str, Any]]:
    """Yield the findings that are new, gone, or on another level."""
    then, now = _by_question(old), _by_question(new)
    for key in [*now, *(key for key in then if key not in now)]:
        before, after = then.get(key), now.get(key)
        if before is not None and after is not None and before.level == after.level:
            continue
        found = after or before
        assert found is not None
        yield {
            "kind": found.kind,
            "stage": found.stage,
            "attributes": list(found.attributes),
            "old_level": None if before is None else before.level,
            "new_level": None if after is None else after.level,
            "title": found.title,
        }


def _by_question(audit: Audit) -> dict[tuple[Any, ...], Finding]:
    """Return findings by what they are about; several about the same are told apart by group."""
    table: dict[tuple[Any, ...], Finding] = {}
    for item in audit.findings:
        features = (item.evidence.get("feature"), item.evidence.get("column"))
        key: tuple[Any, ...] = (item.kind, item.stage, item.attributes, *features)
        if key in table:
            key = (*key, item.group)
        table[key] = item
    return table
