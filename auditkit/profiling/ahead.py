"""Columns are read a few ahead, beside the questions to the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def ahead(
    make: Callable[[_Item], _Made], items: Iterable[_Item], *, most: int = 3
) -> Iterator[_Made]:
    """Yield what is made of each item, in order, at most so many before they are asked for.

    What Arrow and NumPy do to a long column they do without Python's lock, so it costs no time
    while somebody else is busy.

    Examples
    --------
    >>> list(ahead(abs, [1, -2, 3, -4, 5], most=2))
    [1, 2, 3, 4, 5]
    """
    with ThreadPoolExecutor(1) as thread:
        waiting: deque[Future[_Made]] = deque()
        try:
            for item in items:
                waiting.append(thread.submit(make, item))
                if len(waiting) > most:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # whoever asked may have had enough
            for future in waiting:
                future.cancel()
