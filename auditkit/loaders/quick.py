"""Plain text tables, parsed by Arrow in one go: what is not plain is left to the careful reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_plain", "parsed"]

_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"})


def is_plain(content: bytes, encoding: str) -> bool:
    r"""Tell whether each line of a text is a row: no quotes, no NUL, no odd line ends.

    Examples
    --------
    >>> is_plain(b"a,b\n1,2\n", "utf-8"), is_plain(b'a,b\n"1\n",2\n', "utf-8")
    (True, False)
    """
    return (
        encoding.lower() in _UTF8
        and b'"' not in content
        and b"\x00" not in content
        and (b"\r" not in content or content.count(b"\r") == content.count(b"\r\n"))
    )


def parsed(
    content: bytes, header: Sequence[str], *, header_line: int, delimiter: str
) -> pd.DataFrame | None:
    r"""Parse all cells as text, an empty one as missing; None where a row does not fit the header.

    Parameters
    ----------
    content : bytes
        The whole file, in UTF-8, without quotes (see `is_plain`).
    header : sequence of str
        The names of the columns.
    header_line : int
        The line that the header ends on, counted from 1.
    delimiter : str
        One character of ASCII.

    Examples
    --------
    >>> parsed(b"a,b\n1,\n\nx,y\n", ["a", "b"], header_line=1, delimiter=",").shape
    (2, 2)
    >>> parsed(b"a,b\n1\n", ["a", "b"], header_line=1, delimiter=",") is None
    True
    """
    import pyarrow as pa
    from pyarrow import csv

    if len(header) < 2 or not delimiter.isascii():  # a line of blanks would be a row
        return None
    start = 0
    for _ in range(header_line):
        start = content.find(b"\n", start) + 1
        if not start:
            return None
    places = [str(place) for place in range(len(header))]
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(content).slice(start)),
            read_options=csv.ReadOptions(column_names=places),
            parse_options=csv.ParseOptions(
                delimiter=delimiter, quote_char=False, newlines_in_values=False
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    frame.columns = list(header)
    return frame
