"""The Audit: everything that was asked and answered, as one record that can be filed and re-read.

``audit.json`` is this record. It holds counts, never rows, and a report can be made from it again
without the data, byte for byte.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.counts import Counts
from auditkit.errors import DataError, RequestError, nearest, shown
from auditkit.fairness import Disparity, Estimate
from auditkit.findings.finding import Finding
from auditkit.writing import write_whole

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from auditkit.tables import Sheet

__all__ = ["FORMAT", "FORMAT_VERSION", "SCHEMA_FILE", "Audit"]

FORMAT = "auditkit.audit"
FORMAT_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("audit.schema.json")

_TABLES = ("representation", "estimates", "disparities", "findings", "subgroups", "compliance")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The record of one audit.

    Attributes
    ----------
    auditkit, created : str
        Version, and time (UTC, ISO 8601).
    seed : int
        Of everything that draws.
    data, schema, profile, policy, provenance : mapping
        What was read, the roles, facts about the columns, the lines, and how to do it again.
    representation, subgroups, compliance : tuple of mappings
        Rows of the record.
    estimates, disparities, findings : tuple
        Rates, comparisons and what follows from them.
    model : mapping or None
        The baseline.
    decision : mapping or None
        Scores that the data bring, as counts.
    counts : Counts
        The cells.
    card : mapping
        What people say in the dataset card.
    report : mapping
        What the report is headed with, in which language: :mod:`auditkit.letterhead`.
    """

    auditkit: str
    created: str
    seed: int
    data: Mapping[str, Any]
    schema: Mapping[str, Any]
    representation: tuple[Mapping[str, Any], ...]
    estimates: tuple[Estimate, ...]
    disparities: tuple[Disparity, ...]
    findings: tuple[Finding, ...]
    profile: Mapping[str, Any]
    model: Mapping[str, Any] | None
    compliance: tuple[Mapping[str, Any], ...]
    subgroups: tuple[Mapping[str, Any], ...]
    counts: Counts
    policy: Mapping[str, Any]
    provenance: Mapping[str, Any]
    card: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    decision: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain data, keys in the order of the contract."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "auditkit": self.auditkit,
            "created": self.created,
            "seed": self.seed,
            "data": dict(self.data),
            "schema": dict(self.schema),
            "representation": [dict(row) for row in self.representation],
            "estimates": [row.to_dict() for row in self.estimates],
            "disparities": [row.to_dict() for row in self.disparities],
            "findings": [row.to_dict() for row in self.findings],
            "profile": dict(self.profile),
            "model": None if self.model is None else dict(self.model),
            "compliance": [dict(row) for row in self.compliance],
            "subgroups": [dict(row) for row in self.subgroups],
            "counts": self.counts.to_dict(),
            "policy": dict(self.policy),
            "provenance": dict(self.provenance),
            "card": dict(self.card),
            "report": dict(self.report),
            "decision": None if self.decision is None else dict(self.decision),
        }

    def to_json(self) -> str:
        """Return the record as JSON text: no NaN or Infinity, equal bytes for equal audits."""
        plain = self.to_dict()
        try:
            return _laid_out(plain) + "\n"
        except ValueError:
            raise DataError(
                f"the record holds a number that is not finite at {_where(plain)}"
            ) from None

    def write_json(self, path: str | Path) -> None:
        """Write the record, whole or not at all."""
        write_whole(path, self.to_json().encode("utf-8", "backslashreplace"))

    def _repr_html_(self) -> str:
        """Return the report for a notebook, in a frame that can reach nothing outside it."""
        import html

        page = html.escape(self.to_html(charts="static"), quote=True)
        return (
            f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="Audit" width="100%" '
            'height="720" style="border:1px solid #d7dee5"></iframe>'
        )

    def show(self, **look: Any) -> Path:
        """Write the report into a new temporary file, open it in a browser, and return its path."""
        import tempfile
        import webbrowser

        place = Path(tempfile.mkdtemp(prefix="auditkit-")) / "report.html"
        self.write_html(place, **look)
        webbrowser.open(place.as_uri())
        return place

    def to_html(self, **look: Any) -> str:
        """Return the report as one self-contained HTML page.

        Parameters
        ----------
        **look
            As of :func:`auditkit.render`: ``charts="none"`` for a short form to mail.
        """
        import auditkit

        return str(auditkit.render(self, **look))

    def write_html(self, path: str | Path, **look: Any) -> None:
        """Write the report, whole or not at all; `look` as in :meth:`to_html`."""
        write_whole(path, self.to_html(**look).encode("utf-8", "backslashreplace"))

    def write_card(self, path: str | Path) -> None:
        """Write the dataset card: Markdown (``.md``), or Croissant JSON-LD (``.json``)."""
        from auditkit.card import card_of

        text = card_of(self.to_dict(), str(path))
        write_whole(path, text.encode("utf-8", "backslashreplace"))

    def tables(self) -> tuple[Sheet, ...]:
        """Return every table of the record, for CSV, Excel or Markdown: :mod:`auditkit.tables`."""
        from auditkit.tables import tables_of

        return tables_of(self.to_dict())

    def to_figures(self, *, language: str | None = None) -> dict[str, Figure]:
        """Return the pictures of the report as plotly figures, as :func:`auditkit.figures_of`."""
        import auditkit

        return dict(auditkit.figures_of(self, language=language))

    def to_frame(self, section: str = "disparities") -> pd.DataFrame:
        """Return one section as a pandas frame.

        Parameters
        ----------
        section : str
            ``estimates``, ``disparities``, ``findings``, ``representation``, ``subgroups``,
            ``compliance``, ``cells``, or a table of the profile (``missing``, ``proxies``, ...).
        """
        import pandas as pd

        plain = self.to_dict()
        tables = {name: plain[name] for name in _TABLES}
        tables["cells"] = plain["counts"]["cells"]
        quality = plain["profile"].get("quality") or {}
        tables |= {k: v for k, v in quality.items() if isinstance(v, list)}
        tables |= {k: v for k, v in plain["profile"].items() if k != "quality"}
        if section not in tables:
            raise RequestError(f"no section '{shown(section)}'{nearest(section, tables)}")
        return pd.DataFrame(tables[section])

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Audit:
        """Rebuild an audit from plain data that fits the JSON Schema."""
        return cls(
            auditkit=plain["auditkit"],
            created=plain["created"],
            seed=plain["seed"],
            data=plain["data"],
            schema=plain["schema"],
            representation=tuple(plain["representation"]),
            estimates=tuple(Estimate(**_tuples(row)) for row in plain["estimates"]),
            disparities=tuple(Disparity(**_tuples(row)) for row in plain["disparities"]),
            findings=tuple(Finding.from_dict(row) for row in plain["findings"]),
            profile=plain["profile"],
            model=plain["model"],
            compliance=tuple(plain["compliance"]),
            subgroups=tuple(plain["subgroups"]),
            counts=Counts.from_dict(plain["counts"]),
            policy=plain["policy"],
            provenance=plain["provenance"],
            card=plain.get("card") or {},
            report=plain.get("report") or {},
            decision=plain.get("decision"),
        )

    @classmethod
    def read(cls, path: str | Path) -> Audit:
        """Read a record and check it against the JSON Schema.

        Raises
        ------
        RequestError
            When there is no such file.
        DataError
            When it is not JSON, not a record of auditkit, of another format version, or does not
            fit the schema (the place is named).
        """
        name = shown(Path(path).name)
        try:
            text = Path(path).read_bytes()
        except OSError as error:
            raise RequestError(f"{name}: {error.strerror or shown(error)}") from None
        except ValueError as error:  # a NUL character in the path
            raise RequestError(f"{name}: {shown(error)}") from None
        return cls.from_json(text, name=name)

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str = "the record") -> Audit:
        """Rebuild an audit from JSON text; see :meth:`read`."""
        try:
            plain = json.loads(text)
        except UnicodeDecodeError:
            raise DataError(f"{name} is not a text file, so not a record of auditkit") from None
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
            raise DataError(f"{name} is not JSON: {shown(error)}") from None
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            raise DataError(f"{name} is JSON, but not a record of auditkit (format '{FORMAT}')")
        if plain.get("format_version") != FORMAT_VERSION:
            raise DataError(
                f"{name} has format version {shown(plain.get('format_version'))}; this version of "
                f"auditkit reads {FORMAT_VERSION}"
            )
        _validate(plain, name)
        return cls.from_dict(plain)


def _laid_out(value: Any, indent: str = "") -> str:
    """Return JSON with one row of a table a line: small, and a diff shows the rows that changed."""
    inner = indent + " "
    if isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values()):
        if indent and not any(_is_table(item) for item in value.values()):
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        rows = [
            f"{json.dumps(k, ensure_ascii=False)}: {_laid_out(v, inner)}" for k, v in value.items()
        ]
        return "{\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}}}"
    if _is_table(value):
        rows = [json.dumps(row, ensure_ascii=False, allow_nan=False) for row in value]
        return "[\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def _validate(plain: Any, name: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(plain))
    if error is not None:
        raise DataError(
            f"{name} does not fit the schema at {error.json_path}: {shown(error.message)}"
        )


def _where(value: Any, path: str = "$") -> str:
    """Return the path of the first number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, float | dict | list) and (found := _where(item, f"{path}.{key}")):
            return found
    return ""
