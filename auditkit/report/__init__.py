"""Reports: an audit as one HTML file that opens anywhere and asks nobody for anything.

The room knows the record of an audit and never the data: ``render`` of a record read from a file
gives the same bytes as ``render`` of the audit that wrote it.

How it flows: :mod:`page` picks the sections; :mod:`cards`, :mod:`people`, :mod:`rates`,
:mod:`gaps`, :mod:`signals` and :mod:`closing` turn parts of the record into :mod:`blocks`;
:mod:`charts` and :mod:`steps` put pictures together, and :mod:`drawing` and :mod:`xy` draw them
twice, as static shapes and as plotly figures; the templates print blocks. All text passes through
:mod:`text` and is escaped by the templates.

To add a section: write a module with a function of the record that returns a
:class:`~blocks.Part` (a part of an existing section) or a :class:`~blocks.Section`; in it, make a
:class:`~blocks.Table` with every number and then a picture from :mod:`charts` or :mod:`steps` that
names the table's id; call the function from :mod:`page`. Read the record with ``.get``: an older
one has not your key, and then there is nothing to show or a :class:`~blocks.Note` that says so.
Ids are fixed texts of ours and differ on a page. Names from the data go through
:func:`text.labels`, free text through :func:`text.visible`, numbers through :func:`text.percent`
and its like. Whatever kind of block it is, the template of its name in ``parts/`` prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from auditkit.errors import AuditkitError

__all__ = ["render"]


class _Audit(Protocol):
    def to_dict(self) -> Mapping[str, Any]: ...


_FORMAT, _VERSION = "auditkit.audit", 1
_NEEDED = ("data", "schema", "representation", "estimates", "disparities", "findings")


def _record(audit: _Audit | Mapping[str, Any]) -> Mapping[str, Any]:
    record = audit if isinstance(audit, Mapping) else audit.to_dict()
    if record.get("format") != _FORMAT:
        raise AuditkitError("this is not an auditkit record: its format is not 'auditkit.audit'")
    version = record.get("format_version")
    if version != _VERSION:
        raise AuditkitError(
            f"this record has format version {version!r}; this auditkit reads version {_VERSION}"
        )
    missing = [key for key in _NEEDED if key not in record]
    if missing:
        raise AuditkitError(f"this record has no '{missing[0]}'; write it again with auditkit")
    return record


def render(audit: _Audit | Mapping[str, Any], *, charts: bool = True) -> str:
    """Return an audit as one self-contained HTML page.

    Parameters
    ----------
    audit : Audit or mapping
        An audit, or its record as plain data (``audit.json``).
    charts : bool
        Whether the page carries the chart engine, about 2 MB. Without it each chart is a static
        drawing. Every number is in a table either way.

    Returns
    -------
    str
        HTML; the same record gives the same text.

    Raises
    ------
    AuditkitError
        When the record is not one, or the templates are missing.
    """
    from auditkit.report import assets, page, templates

    record = _record(audit)
    place = templates.folder()
    made = page.made(record, charts=charts)
    script = assets.own_text(place, "report.js")
    engine = assets.engine() if charts and made.figures else None
    hashes = [assets.sha256(script)] + ([engine.hash] if engine else [])
    return (
        templates.environment(place)
        .get_template("page.html")
        .render(
            page=made,
            csp=assets.policy(hashes),
            css=assets.own_text(place, "report.css"),
            script=script,
            figures=[(item.id, assets.json_text(item.data)) for item in made.figures],
            engine=engine,
        )
    )
