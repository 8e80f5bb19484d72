"""What the command line settles, as ``audit.toml`` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.schema import parse_bins, parse_pair

__all__ = ["named_roles"]


def named_roles(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the roles that were named.

    Examples
    --------
    >>> named_roles({"label": "hired", "protected": (), "bins": ("age=25,40",), "weight": None})
    {'label': 'hired', 'bins': {'age': (25.0, 40.0)}}
    """
    found = {name: value for name, value in options.items() if value not in (None, (), False)}
    if "reference" in found:
        found["reference"] = dict(parse_pair(text, "--reference") for text in found["reference"])
    if "bins" in found:
        found["bins"] = dict(parse_bins(text) for text in found["bins"])
    return found
