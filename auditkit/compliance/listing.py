"""Frameworks as text for the terminal: the list, and all that a pack says."""

from __future__ import annotations

import os
import textwrap
from datetime import UTC, date, datetime

from auditkit.compliance.packs import STALE_DAYS, Pack, pack_names, read_pack
from auditkit.compliance.words import DISCLAIMER
from auditkit.errors import shown

__all__ = ["framework_list", "framework_page"]

_WIDTH = 100


def framework_list() -> str:
    """Return the frameworks that ship, one a line, with the day each was last looked at."""
    packs = [read_pack(name) for name in pack_names()]
    width = max(len(pack.name) for pack in packs)
    lines = [f"{pack.name:<{width}}  {pack.as_of.isoformat()}  {pack.title}" for pack in packs]
    old = [pack.name for pack in packs if pack.age(_today()) > STALE_DAYS]
    if old:
        names = f"Last looked at more than {STALE_DAYS} days ago: {', '.join(old)}"
        lines += ["", *textwrap.wrap(f"{names}; check what has changed", _WIDTH)]
    more = "Use one with --framework NAME; all that it says: auditkit frameworks NAME"
    return "\n".join([*lines, "", more, DISCLAIMER])


def framework_page(name: str) -> str:
    """Return all that a pack says: status, tables, fields that only a person can fill, sources."""
    pack = read_pack(name)
    lines = [f"{shown(pack.title, 200)} ({pack.name})", f"  {shown(pack.jurisdiction, 200)}"]
    age = pack.age(_today())
    late = f", {age} days ago: check what has changed since" if age > STALE_DAYS else ""
    lines += _block("As of", f"{pack.as_of.isoformat()}{late}")
    lines += _block("Status", pack.status)
    lines += _block("Asks for", pack.summary)
    if pack.banner:
        lines += _block("Banner", pack.banner)
    lines += ["", "Tables"]
    lines += [f"  {shown(t.id, 20):<5} {shown(t.title, 90)} [{t.kind}]" for t in pack.tables]
    lines += ["", "Fields ([compliance] of audit.toml)"]
    lines += _fields(pack)
    lines += ["", "Sources (* read when this was written; the others recalled, not re-checked)"]
    for item in pack.citations:
        mark = "*" if item.checked else " "
        lines += textwrap.wrap(
            shown(item.text, 400), _WIDTH, initial_indent=f"  {mark} ", subsequent_indent="    "
        )
    lines += ["", DISCLAIMER]
    return "\n".join(lines)


def _today() -> date:
    """Return the day, or that of ``SOURCE_DATE_EPOCH``, as a run takes it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return datetime.fromtimestamp(min(int(epoch), 2**37), UTC).date()
    return datetime.now(UTC).date()


def _fields(pack: Pack) -> list[str]:
    lines = []
    for item in pack.fields:
        need = "" if item.required else ", if it applies"
        known = ", or filled from the data" if item.known else ""
        text = f"{item.id}: {shown(item.title, 200)} (by {shown(item.by, 80)}{need}{known})"
        lines += textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="      ")
    return lines


def _block(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        shown(text, 2000), _WIDTH, initial_indent=f"  {head}: ", subsequent_indent="    "
    )
