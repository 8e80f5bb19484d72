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
and its like; texts made of parts through :func:`language.say`, and each text of yours needs a line
in ``languages/de.toml``. Whatever kind of block it is, the template of its name in ``parts/``
prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from auditkit.errors import AuditkitError, RequestError, listed, shown

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["CHARTS", "check_language", "figures_of", "render"]

CHARTS = ("interactive", "static", "none")
"""What a report can be asked to draw."""


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


def render(
    audit: _Audit | Mapping[str, Any],
    *,
    charts: str | bool = "interactive",
    template: str | Path | None = None,
    language: str | None = None,
) -> str:
    """Return an audit as one self-contained HTML page.

    Parameters
    ----------
    audit : Audit or mapping
        An audit, or its record as plain data (``audit.json``).
    charts : {"interactive", "static", "none"}
        ``interactive``: with the chart engine, about half a megabyte. ``static``: each chart is a
        drawing. ``none``: a short form to mail, without charts and without the tables that are
        folded in the other two; it names what it leaves out. True and False stand for the first
        two.
    template : path, optional
        A folder whose files stand in for parts of the same name (``page.html``,
        ``parts/cards.html``) and for the style sheets (``report.css``, ``charts.css``,
        ``whatif.css``). Templates run in a sandbox with everything escaped; the scripts of the
        page cannot be replaced. Its folder ``languages`` may hold catalogues, as ``fr.toml``.
    language : str, optional
        Language of the fixed texts, such as ``de``; otherwise that of the record. What stands in
        the record (names, sentences of findings) is printed as it was recorded.

    Returns
    -------
    str
        HTML; the same record gives the same text.

    Raises
    ------
    RequestError
        When there is no such kind of charts, no such language, or a template is at fault.
    AuditkitError
        When the record is not one, or the templates are missing.
    """
    from auditkit.report import assets, page, templates
    from auditkit.report.language import ENGLISH, catalogue, speaking

    record = _record(audit)
    place = templates.folder()
    own = None if template is None else Path(template).resolve()
    spoken = catalogue(language or _language(record) or ENGLISH, own)
    kind = _kind(charts)
    with speaking(spoken):
        made = page.made(record, charts=kind)
    # A page carries the style and the scripts of what is on it. The sheet of all pages comes last:
    # where the user has a whole one, its rules are the ones that hold.
    whatif = ["whatif"] if made.scores else []
    sheets = [*(["charts"] if kind != "none" else []), *whatif, "report"]
    styles = [_first(f"{name}.css", own, place) for name in sheets]
    names = ["report", "tables", *whatif, *(["charts"] if made.figures else [])]
    scripts = [assets.script_text(place, f"{name}.js") for name in names]
    engine = assets.engine() if made.figures else None
    hashes = [assets.sha256(text) for text in scripts] + ([engine.hash] if engine else [])
    values = {
        "page": made,
        "language": spoken.language,
        "recorded": ENGLISH,
        "csp": assets.policy(hashes),
        "css": assets.style_text(styles),
        "drawings": kind != "none",
        "scripts": scripts,
        "scores": assets.packed(made.scores),
        "words": assets.json_text(made.words),
        "table_words": assets.json_text(made.table_words),
        "figures": assets.packed({item.id: item.data for item in made.figures}),
        "engine": engine,
    }
    with speaking(spoken):
        return templates.filled(templates.environment(place, spoken, own), values, own)


def figures_of(
    audit: _Audit | Mapping[str, Any], *, language: str | None = None
) -> dict[str, Figure]:
    """Return the pictures of a report as plotly figures.

    Parameters
    ----------
    audit : Audit or mapping
        An audit, or its record as plain data.
    language : str, optional
        Of the fixed texts, as of :func:`render`.

    Returns
    -------
    dict of str to plotly.graph_objects.Figure
        By the ids that the pictures have in the report, in its order, in the colours of a light
        page; empty where the record has nothing to draw.

    Raises
    ------
    AuditkitError
        When the record is not one, or there is no such language.

    Examples
    --------
    >>> import auditkit, pandas
    >>> frame = pandas.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    >>> data = auditkit.load(frame, label="hired", protected="sex")
    >>> figures = figures_of(auditkit.audit(data, model="none"))
    >>> type(figures["label-base-rate-1-chart"]).__name__
    'Figure'
    """
    from auditkit.report import page
    from auditkit.report.language import ENGLISH, catalogue, speaking
    from auditkit.report.plotting import plotted

    record = _record(audit)
    with speaking(catalogue(language or _language(record) or ENGLISH, None)):
        return plotted(page.made(record, charts="interactive"))


def check_language(language: str | None, *, template: str | Path | None = None) -> None:
    """Raise where the fixed texts are not there in a language; None is any.

    Raises
    ------
    RequestError
        With the languages that there are.
    """
    from auditkit.report.language import catalogue

    if language is not None:
        catalogue(language, None if template is None else Path(template))


def _language(record: Mapping[str, Any]) -> str | None:
    found = (record.get("report") or {}).get("language")
    return None if found is None else str(found)


def _first(name: str, *folders: Path | None) -> Path:
    """Return the file of that name in the first folder that has it, or else in the last."""
    places = [folder / name for folder in folders if folder is not None]
    return next((place for place in places if place.is_file()), places[-1])


def _kind(charts: str | bool) -> str:
    if isinstance(charts, bool):
        return "interactive" if charts else "static"
    if charts not in CHARTS:
        raise RequestError(f"charts can be {listed(CHARTS)}, not {shown(charts)}")
    return charts
