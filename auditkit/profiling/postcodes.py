"""Columns that hold postcodes, by their name or by the look of their values.

Where someone lives goes with who someone is, and some laws name it: Illinois forbids employers to
use ZIP codes as a proxy for a protected class (775 ILCS 5/2-102(L), from 2026).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_codes", "named_like_a_postcode", "shortened", "values_like_postcodes"]

_NAMES = frozenset({
    "postcode", "postcodes", "postal", "postalcode", "zip", "zips", "zipcode", "zip3", "zip4",
    "zip5", "zip9", "zcta", "zcta5", "outcode", "plz", "postleitzahl", "codepostal", "codigopostal",
    "codicepostale", "cep", "postnr", "postnummer", "postinumero", "irsz", "psc", "eircode",
    "pincode", "kodpocztowy",
})  # fmt: skip
_WORDS = frozenset({
    ("post", "code"), ("zip", "code"), ("code", "postal"), ("codigo", "postal"),
    ("código", "postal"), ("codice", "postale"), ("pin", "code"), ("kod", "pocztowy"),
})  # fmt: skip
_ALONE = frozenset({"cap", "cp"})  # short words that mean other things inside longer names
_SHAPES = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?"  # United Kingdom
    r"|[A-Z]\d[A-Z](?: ?\d[A-Z]\d)?"  # Canada
    r"|\d{5}-\d{3,4}|\d{4} ?[A-Z]{2}|\d{3} \d{2}|\d{2}-\d{3}"  # US and Brazil, NL, SE and CZ, PL
    r"|(?:[A-Z]{1,3}-?)?\d{4,6}",
    re.ASCII,
)
_ENOUGH, _MOST_SHARE, _FITS, _ROUND = 20, 0.5, 0.9, 0.3


def named_like_a_postcode(name: str) -> bool:
    """Tell whether a name says postcode, in one of some languages.

    Examples
    --------
    >>> [named_like_a_postcode(name) for name in ("home_postcode", "ZipCode", "plz", "market_cap")]
    [True, True, True, False]
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    words = [word for word in re.split(r"[\W_]+", spaced) if word]
    if len(words) == 1 and words[0] in _ALONE:
        return True
    pairs = set(pairwise(words))
    return bool(_NAMES.intersection(words) or _WORDS & pairs or "".join(words) in _NAMES)


def values_like_postcodes(values: NDArray[Any], people: NDArray[np.float64]) -> bool:
    """Tell whether a column's different values look like codes of areas.

    At least 20 values, each shared by two people on average, and 90 % of the people have one in
    the form of a postcode. Numbers must be whole, have five or six digits each, as many in all,
    and not be rounded: amounts of money often are.

    Examples
    --------
    >>> areas = np.array([f"N{i}" for i in range(1, 23)], dtype=object)
    >>> values_like_postcodes(areas, np.full(22, 9.0))
    True
    >>> values_like_postcodes(1000.0 * np.arange(20, 60), np.full(40, 9.0))
    False
    """
    total = float(people.sum())
    if len(values) < _ENOUGH or total == 0 or len(values) > _MOST_SHARE * total:
        return False
    if values.dtype.kind != "f":
        fits = [_SHAPES.fullmatch(text.strip().upper()) is not None for text in values.tolist()]
        return float(people[np.array(fits)].sum()) >= _FITS * total
    whole = bool(np.isfinite(values).all() and (values == np.floor(values)).all())
    low, high = float(values[0]), float(values[-1])
    digits = len(str(int(high))) if whole else 0
    if digits not in (5, 6) or low < 10 ** (digits - 1):
        return False
    return float(people[values % 100 == 0].sum()) < _ROUND * total


def as_codes(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values as text: numbers with the zeros in front that they lost.

    Examples
    --------
    >>> as_codes(np.array([2134.0, 60614.0])).tolist()
    ['02134', '60614']
    """
    if values.dtype.kind != "f":
        return values
    texts = [f"{value:.0f}" if np.isfinite(value) else str(value) for value in values.tolist()]
    width = max(map(len, texts), default=0)
    return np.array([text.zfill(width) for text in texts], dtype=object)


def shortened(
    codes: NDArray[Any], people: NDArray[np.float64], *, min_people: int, covered: float = 0.8
) -> tuple[NDArray[np.int64], int] | None:
    """Return the longest beginning of the codes under which most people are not alone.

    Parameters
    ----------
    codes : ndarray of str
        The different codes.
    people : ndarray of float
        How many people have each.
    min_people : int
        A beginning counts where so many people share it.
    covered : float
        The share of the people who must have one that counts.

    Returns
    -------
    tuple or None
        A number for each code, alike where the beginnings are, and how many characters these
        have; None where whole codes will do, or nothing will.

    Examples
    --------
    >>> codes = np.array(["60614", "60615", "60618", "10001", "10002"], dtype=object)
    >>> shortened(codes, np.full(5, 2.0), min_people=4)
    (array([1, 1, 1, 0, 0]), 4)
    """
    total, texts = float(people.sum()), codes.tolist()
    longest = max(map(len, texts), default=0)
    if float(people[people >= min_people].sum()) >= covered * total:
        return None
    for length in range(longest - 1, 0, -1):
        starts, place = np.unique([text[:length] for text in texts], return_inverse=True)
        sums = np.bincount(place, people, len(starts))
        if len(starts) > 1 and float(sums[sums >= min_people].sum()) >= covered * total:
            return place.astype(np.int64), length
    return None
