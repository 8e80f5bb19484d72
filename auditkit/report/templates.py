"""Where the templates are, and the one environment that reads them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.errors import AuditkitError

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "folder"]


def folder() -> Path:
    """Return the folder with the templates.

    In a wheel they lie inside the package, as ``_templates``; in a checkout, and in an editable
    install, they are ``reports/templates`` at the top of the checkout.

    Raises
    ------
    AuditkitError
        When neither is there.
    """
    here = Path(__file__).resolve()
    places = [here.parent / "_templates"]
    if len(here.parents) > 2:
        places.append(here.parents[2] / "reports" / "templates")
    for place in places:
        if (place / "page.html").is_file():
            return place
    tried = " nor ".join(str(place) for place in places)
    raise AuditkitError(f"no report templates: neither {tried} exists; install auditkit again")


@lru_cache(maxsize=4)
def environment(place: Path) -> Environment:
    """Return the Jinja environment of a folder: everything escaped, nothing undefined."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(place),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
