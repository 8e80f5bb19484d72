"""What the figures of the chart engine share: numbers, text, symbols and a layout."""

from __future__ import annotations

import html
from typing import Any

__all__ = ["PLOTLY_SYMBOLS", "escaped", "figure_number", "layout"]

PLOTLY_SYMBOLS = {
    "circle": "circle",
    "diamond": "diamond",
    "square": "square",
    "triangle": "triangle-up",
    "ring": "circle-open",
    "hollow": "diamond-open",
    "left": "triangle-left",
    "right": "triangle-right",
    "tick": "line-ns",
}
"""Symbol → what the chart engine calls it."""


def figure_number(value: float) -> float:
    """Return a number as figures carry it: nine decimals are finer than any screen."""
    return round(value, 9)


def escaped(text: str) -> str:
    """Return text that plotly prints as it stands: it reads a little HTML in labels."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def layout() -> dict[str, Any]:
    """Return what the layouts of all figures share: no template, no margin, our type."""
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "color": "@ink", "size": 13},
        "hoverlabel": {
            "bgcolor": "@paper",
            "bordercolor": "@soft",
            "font": {"color": "@ink"},
            "align": "left",
        },
    }
