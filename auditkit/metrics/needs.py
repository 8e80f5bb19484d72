"""A library that one function needs, imported when it is called."""

from __future__ import annotations

from typing import Any

from auditkit.errors import MissingExtraError

__all__ = ["imported"]


def imported(package: str, module: str) -> Any:
    """Return a package after importing one of its modules; say how to install it if absent."""
    try:
        __import__(module)
    except ImportError as error:
        raise MissingExtraError(
            f"this needs {package}, which cannot be imported ({error}): pip install "
            + ("scikit-learn" if package == "sklearn" else package)
        ) from None
    return __import__(package)
