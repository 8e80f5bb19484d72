"""The different numbers of a column, ascending, and which of them each row holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["different"]

_FEW = 100
_DIGITS = 4
"""Digits after the point that are looked for."""
_EXACT = 2.0**53
"""Up to here every whole number is a float64."""
_ROOM = 63
"""Bits of a whole number that can be sorted."""


def different(numbers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the different numbers, ascending, and the place of each row's among them.

    The same as ``numpy.unique(numbers, return_inverse=True)``, several times as fast where the
    numbers are whole, or have few digits after the point and are as many thousandths, say. Such
    numbers are counted through where they lie close together. Else they are sorted with the
    numbers of their rows behind them, which costs less than to sort the rows by them.

    Parameters
    ----------
    numbers : ndarray
        Integers or floats without NaN.

    Examples
    --------
    >>> values, codes = different(np.array([0.25, -1.0, 0.25, 3.5]))
    >>> values.tolist(), codes.tolist()
    ([-1.0, 0.25, 3.5], [1, 0, 1, 2])
    """
    found = _as_whole(numbers)
    if found is None:
        return _looked_up(numbers)
    whole, parts = found
    low = int(whole.min())
    span = int(whole.max()) - low
    rows = len(whole).bit_length()
    if span < len(whole):
        places, codes = _counted(whole - low)
    elif span.bit_length() + rows <= _ROOM:
        places, codes = _sorted(whole - low, rows)
    else:
        return _looked_up(numbers)
    return (places + low if parts is None else (places + low) / parts), codes


def _looked_up(numbers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    values, codes = np.unique(numbers, return_inverse=True)
    return values, codes.astype(np.int64, copy=False)


def _as_whole(numbers: NDArray[Any]) -> tuple[NDArray[np.int64], float | None] | None:
    """Return numbers as so many parts of one each, and how many parts; None where they are not.

    A decimal is the float64 nearest to it, and so is the quotient of two whole numbers: what was
    read from a text with so many digits comes back to the last bit.
    """
    if len(numbers) and numbers.dtype.kind == "i":
        return numbers.astype(np.int64, copy=False), None
    if not len(numbers) or numbers.dtype != np.float64:
        return None
    for digits in range(_DIGITS + 1):
        parts = 10.0**digits
        if _scaled(numbers[:_FEW], parts) is None:  # most columns show it at once
            continue
        scaled = _scaled(numbers, parts)
        if scaled is not None:
            return scaled.astype(np.int64), parts
    return None


def _scaled(numbers: NDArray[np.float64], parts: float) -> NDArray[np.float64] | None:
    """Return numbers as so many parts; None where one is not, or is too large to tell."""
    with np.errstate(over="ignore"):  # infinity is no whole number
        scaled = np.rint(numbers * parts)
    fits = np.all((np.abs(scaled) < _EXACT) & (scaled / parts == numbers))
    return scaled if fits else None


def _counted(places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    seen = np.bincount(places) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[places]


def _sorted(places: NDArray[np.int64], rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ordered = np.sort((places << rows) | np.arange(len(places)))
    row, value = ordered & ((1 << rows) - 1), ordered >> rows
    new = np.append(True, value[1:] != value[:-1])
    codes = np.empty(len(places), dtype=np.int64)
    codes[row] = np.cumsum(new) - 1
    return value[new], codes
