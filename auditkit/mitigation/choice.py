"""Which remedy, and as what it can be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.remedies import Tried, remedies_for

__all__ = [
    "RECOMMENDED", "SUFFIXES", "artefact_of", "check_file", "check_remedy", "find",
    "remedy_names", "trusted_as_skops",
]  # fmt: skip

RECOMMENDED = "recommended"
"""The name that asks for the best of all: tried, as good within the tolerance, smallest gap."""

SUFFIXES = {".csv": "table", ".parquet": "table", ".skops": "model"}

_TABLES = {
    "reweighing": "weights",
    "resampling": "data",
    "relabelling": "data",
    "drop-proxies": "data",
    "drop-feature": "data",
    "residualise": "data",
}
_NO_MODEL = {"residualise"}  # its columns are made with the group of each row: they are data


def remedy_names(kind: str = "logistic") -> list[str]:
    """Return the names that can be asked for, besides ``drop-feature:COLUMN``.

    Examples
    --------
    >>> remedy_names()[:3]
    ['reweighing', 'resampling', 'relabelling:0.5']
    """
    return [plan.id for plan in remedies_for(kind) if plan.remedy != "none"]


def artefact_of(remedy: str, suffix: str) -> str:
    """Return what a remedy becomes in a file with this suffix: weights, data or model.

    Raises
    ------
    RequestError
        When it cannot be written so.

    Examples
    --------
    >>> artefact_of("reweighing", ".csv"), artefact_of("resampling", ".parquet")
    ('weights', 'data')
    """
    name, form = remedy.partition(":")[0], SUFFIXES.get(suffix.lower())
    if form is None:
        raise RequestError(
            f"--output: name a file that ends in {', '.join(SUFFIXES)}, not '{shown(suffix)}'"
        )
    if name == RECOMMENDED:
        return form
    if form == "table" and name not in _TABLES:
        raise RequestError(f"{shown(remedy)} is a model: write it to a file that ends in .skops")
    if form == "model" and name in _NO_MODEL:
        raise RequestError(
            f"{shown(remedy)} is data: write it to a file that ends in .csv or .parquet"
        )
    return _TABLES[name] if form == "table" else "model"


def trusted_as_skops(remedy: str, kind: object) -> bool:
    """Whether the model of a remedy can be written so that it may be trusted: not boosting.

    Examples
    --------
    >>> trusted_as_skops("reweighing", "boosting"), trusted_as_skops("reweighing", "logistic")
    (False, True)
    """
    name, _, variant = remedy.partition(":")
    return not variant.startswith("boosting") if name == "another-model" else kind != "boosting"


def check_remedy(remedy: str | None, *kinds: str) -> None:
    """Raise, before any work, where the name cannot be one (for these kinds of model, or any).

    Raises
    ------
    RequestError
        With the names that there are.
    """
    known = kinds or ("logistic", "boosting")
    names = list(dict.fromkeys(name for kind in known for name in remedy_names(kind)))
    told = f"{RECOMMENDED}, {_briefly(names)}, drop-feature:COLUMN"
    if remedy is None:
        raise RequestError(f"--remedy: name one of {told}")
    if remedy in (*names, RECOMMENDED) or remedy.startswith("drop-feature:"):
        return
    variants = [name for name in names if name.partition(":")[0] == remedy]
    if variants:
        raise RequestError(f"--remedy {shown(remedy)}: say how much of it, {listed(variants)}")
    raise RequestError(f"no remedy '{shown(remedy)}'{nearest(remedy, names)}: name one of {told}")


def _briefly(names: Sequence[str]) -> str:
    """Return names as a list, the variants of one together.

    Examples
    --------
    >>> _briefly(["reweighing", "relabelling:0.5", "relabelling:1"])
    'reweighing, relabelling:(0.5 | 1)'
    """
    variants: dict[str, list[str]] = {}
    for name in names:
        remedy, _, variant = name.partition(":")
        variants.setdefault(remedy, []).append(variant)
    told = {remedy: " | ".join(filter(None, found)) for remedy, found in variants.items()}
    return ", ".join(f"{name}:({text})" if text else name for name, text in told.items())


def check_file(remedy: str | None, path: str) -> None:
    """Raise, before any work, where a remedy is none, or a file cannot be of its kind."""
    check_remedy(remedy)
    artefact_of(remedy or "", Path(path).suffix)


def find(remedy: str, plans: Sequence[Tried], features: Sequence[str]) -> Tried:
    """Return the remedy of this name among those that there are for these data.

    Raises
    ------
    RequestError
        When there is none.
    """
    for plan in plans:
        if plan.id == remedy:
            return plan
    name = remedy.partition(":")[2]
    raise RequestError(
        f"--remedy {shown(remedy)}: the model sees no column '{shown(name)}'"
        f"{nearest(name, features)}"
    )
