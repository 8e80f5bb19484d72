"""Names and numbers as text: nothing hidden, nothing rounded into something else.

Names come from data that nobody vouches for. Whatever cannot be seen (control, bidirectional and
zero-width characters, odd spaces) is written out as its code point, so that a reader sees what
is there and a browser has nothing to obey.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from auditkit.report.language import Recorded, Verbatim, say

__all__ = [
    "Label",
    "count",
    "fraction",
    "interval",
    "label",
    "labels",
    "named",
    "number",
    "p_value",
    "percent",
    "points",
    "ratio",
    "recorded",
    "several",
    "visible",
]

_CUT = 80
_LONGEST = 4000
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_BLANK = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x1810))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)
_MINUS = "\N{MINUS SIGN}"
_DASH = "\N{EN DASH}"
_SPACE = "\N{OPEN BOX}"


@dataclass(frozen=True, slots=True)
class Label:
    """A name that came from the data, made safe to look at.

    Attributes
    ----------
    text : str
        What is printed: one line, no invisible characters, at most 80 characters.
    full : str
        The whole of it when `text` was cut, else an empty string.
    special : bool
        True for what is not a text in the data: the empty cell, shown in italics.
    """

    text: str
    full: str = ""
    special: bool = False


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    odd = category in _HIDDEN or (category == "Zs" and char != " ") or ord(char) in _BLANK
    return f"⟨U+{ord(char):04X}⟩" if odd else char


def visible(text: object, limit: int | None = None) -> str:
    r"""Return text with every invisible character written out as ``⟨U+202E⟩``.

    Parameters
    ----------
    text : object
        Anything; ``str`` is taken of it.
    limit : int, optional
        The most characters to print; an ellipsis stands for the rest.

    Examples
    --------
    >>> visible("a\u202eb")
    'a⟨U+202E⟩b'
    """
    source = str(text)
    if source.isascii() and source.isprintable() and (limit is None or len(source) <= limit):
        return Verbatim(source)
    if limit is None:
        return Verbatim("".join(map(_seen, source)))
    pieces = [_seen(char) for char in source[: limit + 1]]
    if len(source) <= limit and sum(map(len, pieces)) <= limit:
        return Verbatim("".join(pieces))
    while sum(map(len, pieces)) >= limit:
        pieces.pop()
    return Verbatim("".join(pieces) + "…")


def recorded(text: object, limit: int | None = None) -> str:
    """Return a text of ours from the record, as :func:`visible`: a reason, a note, a sentence.

    A page in another language marks it as English. Names from the data are not such a text.
    """
    return Recorded(visible(text, limit))


def label(value: object, limit: int = _CUT) -> Label:
    """Return a name from the data as a label; None is the empty cell.

    Spaces at either end are drawn, and a *text* that looks like our word for the empty cell is
    put in quotation marks, so that no two different groups print alike.

    Examples
    --------
    >>> label(None), label("(missing)").text
    (Label(text='(missing)', full='', special=True), '“(missing)”')
    """
    if value is None:
        return Label(say("(missing)"), special=True)
    source = str(value)
    if not source:
        return Label(say("(empty text)"), special=True)
    ours = {"(missing)", "(empty text)", say("(missing)"), say("(empty text)")}
    if source.strip().casefold() in {text.casefold() for text in ours}:
        source = f"“{source}”"
    head, tail = len(source) - len(source.lstrip(" ")), len(source) - len(source.rstrip(" "))
    if head == len(source):
        source = _SPACE * head
    else:
        source = _SPACE * head + source.strip(" ") + _SPACE * tail
    text = visible(source, limit)
    if text == visible(source):
        return Label(text)
    full = visible(source, _LONGEST)
    if full.endswith("…"):
        full += say(" ({n} characters in all)", n=f"{len(source):,}")
    return Label(text, full=full)


def labels(values: Any) -> tuple[Label, ...]:
    """Return the labels of a list of names; an empty list is everyone together."""
    return tuple(label(value) for value in values) or (Label(say("Everyone")),)


def named(values: Any) -> str:
    """Return a list of names as one piece of text, for sentences.

    Examples
    --------
    >>> named(["Female", None])
    'Female × (missing)'
    """
    return Verbatim(" × ".join(item.text for item in labels(values)))


def several(pieces: Iterable[str]) -> str:
    """Return texts from the record as a list, as it stands in the record.

    Examples
    --------
    >>> several(["name", "postcode"])
    'name, postcode'
    """
    return Verbatim(", ".join(pieces))


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)


def count(value: float | None) -> str:
    """Return a number of people: whole when it is whole, one decimal when it is a weight.

    Examples
    --------
    >>> count(10771), count(12.25)
    ('10,771', '12.2')
    """
    if value is None or not math.isfinite(value):
        return say("not known")
    return _signed(f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}")


def percent(value: float) -> str:
    """Return a rate as a percentage to one decimal; what is not 0 or 100 % is never shown as it.

    Examples
    --------
    >>> percent(0.10946), percent(0.00001), percent(0.99999)
    ('10.9 %', '<0.1 %', '>99.9 %')
    """
    if 0 < value < 0.0005:
        return "<0.1 %"
    if 0.9995 <= value < 1:
        return ">99.9 %"
    return _signed(f"{value * 100:.1f} %")


def points(value: float) -> str:
    """Return a difference of rates in percentage points, signed.

    Examples
    --------
    >>> points(-0.19628), points(0.0), points(-0.00001)
    ('−19.6', '0.0', '−0.0')
    """
    return "0.0" if value == 0 else _signed(f"{value * 100:+.1f}")


def ratio(value: float, line: float | None = None) -> str:
    """Return a ratio to three decimals, or to as many as show on which side of a line it lies.

    Examples
    --------
    >>> ratio(0.358), ratio(0.79996, 0.8), ratio(0.8, 0.8), ratio(1234.5)
    ('0.358', '0.79996', '0.800', '1,234.5')
    """
    if value >= 100:
        return f"{value:,.1f}"
    for digits in range(3, 12):
        text = f"{value:.{digits}f}"
        if line is None or (float(text) < line) == (value < line):
            return text
    return repr(value)


def p_value(value: float | None) -> str:
    """Return a p-value: three decimals, or one digit and a power of ten when it is tiny.

    Examples
    --------
    >>> p_value(0.0491), p_value(4.83e-05), p_value(0.0), p_value(None)
    ('0.049', '4.8e-5', '<1e-300', 'not computed')
    """
    if value is None:
        return say("not computed")
    if value == 0:
        return "<1e-300"
    if value >= 0.001:
        return f"{value:.3f}"
    mantissa, _, power = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(power)}"


def number(value: float) -> str:
    """Return a number of no known kind: whole numbers grouped, others to four figures."""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if not math.isfinite(value):
        return say("not computable")
    if float(value).is_integer() and abs(value) < 1e15:
        return _signed(f"{value:,.0f}")
    if abs(value) < 0.001 or abs(value) >= 1e15:
        mantissa, _, power = f"{value:.1e}".partition("e")
        return _signed(f"{mantissa}e{int(power)}")
    return _signed(f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}")


def interval(low: float | None, high: float | None, show: Any) -> str:
    """Return ``low to high``, or an empty string when there is no interval; a unit is said once.

    Examples
    --------
    >>> interval(0.171, 0.215, percent), interval(None, 1.5, ratio)
    ('17.1 to 21.5 %', 'no lower limit to 1.500')
    """
    if low is None and high is None:
        return ""
    lower = say("no lower limit") if low is None else show(low)
    upper = say("no upper limit") if high is None else show(high)
    if upper.endswith(" %"):
        lower = lower.removesuffix(" %")
    return say("{lower} to {upper}", lower=lower, upper=upper)


def fraction(events: float | None, of: float | None, weighted: bool = False) -> str:
    """Return ``1,179 of 10,771``: the numbers behind a rate.

    Where rows carry weights, the events are a sum of weights and not a part of `of`: then only
    the number of people is said.
    """
    if of is None:
        return ""
    if weighted:
        return say("{of}, weighted", of=count(of))
    return (
        say("of {of}", of=count(of))
        if events is None
        else say("{events} of {of}", events=count(events), of=count(of))
    )
