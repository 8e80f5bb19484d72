"""Where the templates are, and the one environment that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.errors import AuditkitError, RequestError, shown
from auditkit.report.compiled import kept
from auditkit.report.language import Catalogue, is_foreign

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "filled", "folder"]


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


def environment(
    place: Path, spoken: Catalogue | None = None, own: Path | None = None
) -> Environment:
    """Return the Jinja environment of a folder: everything escaped, nothing undefined.

    Parameters
    ----------
    place : Path
        The folder of the templates.
    spoken : Catalogue, optional
        The language in which ``_("...")`` is said.
    own : Path, optional
        A folder of the user's: a file in it stands in for the one of the same name. With it all
        templates run in a sandbox, and it cannot turn escaping off.

    Raises
    ------
    RequestError
        When there is no such folder.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    if own is not None:
        _check(own)
    # a sandbox asks at every step whether it is allowed: our own templates do nothing that is not
    kind = Environment if own is None else SandboxedEnvironment
    made = kind(
        loader=FileSystemLoader([place] if own is None else [own, place]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=kept() if own is None else None,
    )
    said = spoken or Catalogue()
    made.install_gettext_translations(said)  # type: ignore[attr-defined]
    made.tests["foreign"] = lambda text: is_foreign(text, said)
    for name in ("safe", "xmlattr", "tojson", "urlize"):  # what would mark text as safe
        del made.filters[name]
    return made


def filled(made: Environment, values: Mapping[str, Any], own: Path | None) -> str:
    """Return the page; a fault of a template of the user's is said in one line."""
    from jinja2 import TemplateError

    try:
        return made.get_template("page.html").render(values)
    except (TemplateError, TypeError, ValueError, OverflowError) as error:
        if own is None:
            raise
        raise RequestError(f"a template of {shown(own.name)} fails: {shown(error, 200)}") from None


def _check(own: Path) -> None:
    """Raise where a template of the user's turns escaping off, or is not a template.

    Raises
    ------
    RequestError
        With the name of the file and the line.
    """
    from jinja2 import Environment, TemplateSyntaxError, nodes

    if not own.is_dir():
        raise RequestError(f"no such folder of templates: {shown(own, 200)}")
    for path in sorted(own.rglob("*.html")):
        name = shown(path.name)
        try:
            tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8"))
        except TemplateSyntaxError as error:
            raise RequestError(f"template {name}, line {error.lineno}: {error.message}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"template {name}: {shown(error)}") from None
        for found in tree.find_all(nodes.ScopedEvalContextModifier):
            raise RequestError(f"template {name}, line {found.lineno}: may not turn escaping off")
