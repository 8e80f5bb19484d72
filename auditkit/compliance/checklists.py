"""Checklists: the items of a statute or a standard, filled from the record or left as blanks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.compliance.case import Case, Made
from auditkit.compliance.evidence import EVIDENCE, evidence
from auditkit.errors import RequestError, listed, nearest, shown

__all__ = ["BLANK", "STATES", "check_rows", "checklist"]

STATES = ("filled", "partly", "to be completed")
BLANK = "TO BE COMPLETED BY: {by}"
_KEYS = {"item", "requirement", "evidence", "manual", "field"}


def checklist(case: Case, options: Mapping[str, Any]) -> Made:
    """Fill each item: what the record says, what a person has said, and what is left.

    An item is *filled* when all that auditkit can say is there and the person's part, if it has
    one, is answered; *partly* when some of that is; *to be completed* when nothing is.
    """
    by = {item.id: item.by for item in case.pack.fields}
    rows = []
    for row in options["rows"]:
        names = row.get("evidence", [])
        found = [text for text in (evidence(case, name) for name in names) if text is not None]
        manual = row.get("manual", "")
        answer = case.answers.fields.get(row.get("field", ""), "")
        whole = len(found) == len(names) and (not manual or bool(answer))
        state = STATES[0] if whole else STATES[1] if found or answer else STATES[2]
        made: dict[str, Any] = {
            "item": row["item"],
            "requirement": row["requirement"],
            "state": state,
            "found": "; ".join(found) or None,
            "manual": answer or None,
        }
        if manual and not answer:
            who = by.get(row.get("field", ""), "the user")
            made["blank"] = f"{BLANK.format(by=who)} ({manual})"
        elif not whole:
            made["blank"] = f"{BLANK.format(by='the auditor')} (the data do not say)"
        rows.append(made)
    return Made(rows=tuple(rows))


def check_rows(options: Mapping[str, Any], where: str) -> None:
    """Refuse items that are none: a missing key, a name of evidence that does not exist."""
    for row in options["rows"]:
        if not isinstance(row, dict) or not {"item", "requirement"} <= set(row):
            raise RequestError(f"{where}: each of rows needs an item and a requirement")
        for key, value in row.items():
            if key not in _KEYS:
                raise RequestError(f"{where}: unknown key '{shown(key)}'{nearest(key, _KEYS)}")
            if not isinstance(value, list if key == "evidence" else str):
                raise RequestError(f"{where}: {key} cannot be {shown(value, 40)}")
        for name in row.get("evidence", []):
            if name not in EVIDENCE:
                raise RequestError(
                    f"{where}: no evidence '{shown(name)}'{nearest(str(name), EVIDENCE)}; known: "
                    f"{listed(EVIDENCE, 30)}"
                )
        if not row.get("evidence") and not row.get("manual"):
            raise RequestError(f"{where}: {shown(row['item'])} needs evidence or a manual part")
