"""The pictures of a report as plotly figures, for a notebook or a page of one's own.

The page colours its figures when it is read, by the reader's light or dark setting; a figure that
leaves the page gets the light colours of the same style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.report import assets, templates

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from auditkit.report.page import Page

__all__ = ["plotted"]

_COLOURED = {  # as in report.js
    "color", "fillcolor", "gridcolor", "linecolor", "bgcolor", "bordercolor", "fgcolor",
}  # fmt: skip


def plotted(page: Page) -> dict[str, Figure]:
    """Return the figures of a page, checked by plotly property by property, by their ids."""
    from plotly.graph_objects import Figure

    colours = _light(templates.folder())
    found = {}
    for item in page.figures:
        figure = _painted(item.data, colours, "")
        figure["layout"]["template"] = "none"
        found[item.id] = Figure(figure)
    return found


def _light(folder: Path) -> dict[str, str]:
    """Return the colours of the style sheet's first rule, which is that of light pages."""
    rule = str(assets.own_text(folder, "report.css")).partition("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6}|rgba\([^)]*\));", rule))


def _painted(value: Any, colours: Mapping[str, str], key: str) -> Any:
    """Put colours in the place of their names; text from the data is left as it is."""
    if isinstance(value, Mapping):
        return {name: _painted(one, colours, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_painted(one, colours, key) for one in value]
    if isinstance(value, str) and key in _COLOURED and value.startswith("@"):
        name, _, part = value[1:].partition("/")
        return _faded(colours[name], part) if part else colours[name]
    return value


def _faded(colour: str, part: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{part})"
