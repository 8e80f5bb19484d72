"""How long texts are, how many words they have, and whether one is blank.

Texts are a list, or lie in Arrow, where nobody has to make a Python string of each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["all_match", "has_blank", "in_arrow", "is_ascii", "lengths", "letters_of", "words"]


def in_arrow(dtype: Any) -> bool:
    """Tell whether texts of a dtype of pandas lie in Arrow.

    Examples
    --------
    >>> import pandas
    >>> in_arrow(pandas.StringDtype("pyarrow")), in_arrow(pandas.Series(["a"], dtype=object).dtype)
    (True, False)
    """
    import pandas

    return isinstance(dtype, pandas.StringDtype) and dtype.storage == "pyarrow"


def has_blank(texts: Any) -> bool:
    """Tell whether a text holds nothing but blanks.

    Examples
    --------
    >>> has_blank(["a", " "]), has_blank(["a", "b c"])
    (True, False)
    """
    if _is_list(texts):
        return "" in texts or True in map(str.isspace, texts)
    import pyarrow.compute as pc

    return bool(pc.any(pc.or_(pc.utf8_is_space(texts), pc.equal(texts, ""))).as_py())


def lengths(texts: Any) -> NDArray[np.int64]:
    """Return how many characters each text has.

    Examples
    --------
    >>> lengths(["", "häuser"]).tolist()
    [0, 6]
    """
    if _is_list(texts):
        return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    import pyarrow.compute as pc

    return np.asarray(pc.utf8_length(texts), dtype=np.int64)


def words(texts: Any) -> NDArray[np.int64]:
    """Return how many words each text has.

    Examples
    --------
    >>> words(["", " keen  on it "]).tolist()
    [0, 3]
    """
    if _is_list(texts):
        return np.fromiter(map(len, map(str.split, texts)), dtype=np.int64, count=len(texts))
    found = _words_of_ascii(texts)
    if found is not None:
        return found
    import pyarrow.compute as pc

    split = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(texts))
    return np.asarray(pc.list_value_length(split), dtype=np.int64)


def is_ascii(texts: Any) -> bool:
    """Tell whether all texts are written in ASCII.

    Examples
    --------
    >>> is_ascii(["house"]), is_ascii(["häuser"])
    (True, False)
    """
    if _is_list(texts):
        return all(map(str.isascii, texts))
    return not bool((letters_of(texts)[0] > _LAST_ASCII).any())


def all_match(texts: Any, pattern: str) -> bool:
    r"""Tell whether each text as a whole is of a shape, in which ``\d`` is a digit of ASCII.

    Examples
    --------
    >>> all_match(["12", "3"], r"\d+"), all_match(["12", "x3"], r"\d+")
    (True, False)
    """
    if _is_list(texts):
        return all(map(re.compile(pattern, re.ASCII).fullmatch, texts))
    import pyarrow.compute as pc

    fits = pc.match_substring_regex(texts, f"^(?:{pattern})$")
    return bool(pc.all(fits, min_count=0).as_py())


_LAST_ASCII, _BLANK = 0x7F, 0x20
_TAB, _RETURN, _SEPARATORS = 0x09, 0x0D, 0x1C


def _words_of_ascii(texts: Any) -> NDArray[np.int64] | None:
    """Count the letters that come first in a word; None where bytes are not letters."""
    letters, ends = letters_of(texts)
    control = (letters < _TAB) | ((letters > _RETURN) & (letters < _SEPARATORS))
    if (control | (letters > _LAST_ASCII)).any():
        return None
    begins = letters > _BLANK
    after = np.append(False, begins[:-1])
    after[ends[:-1][ends[:-1] < len(letters)]] = False  # the text before has ended
    begins &= ~after
    return np.diff(np.searchsorted(np.flatnonzero(begins), ends))


def letters_of(texts: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of all texts of an Arrow array, and where each begins and the last ends.

    Examples
    --------
    >>> import pyarrow
    >>> letters, ends = letters_of(pyarrow.array(["ab", None, "c"]))
    >>> bytes(letters), ends.tolist()
    (b'abc', [0, 2, 2, 3])
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.cast(texts, pa.large_string())
    _, places, data = cells.buffers()
    ends = np.frombuffer(places, dtype=np.int64)[cells.offset : cells.offset + len(cells) + 1]
    letters = np.frombuffer(data or b"", dtype=np.uint8)
    return letters[ends[0] : ends[-1]], ends - ends[0]


def _is_list(texts: Any) -> bool:
    return isinstance(texts, Sequence)
