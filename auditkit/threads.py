"""Work on several things side by side, where each is long.

NumPy, SciPy and Arrow let go of Python's lock while they work on long arrays, so threads pay
there: for whole columns or groups, not for the short steps between.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["side_by_side"]

_Made = TypeVar("_Made")


def side_by_side(work: Callable[..., _Made], *of: Iterable[Any], long: bool = True) -> list[_Made]:
    """Return what is made of each item, in order, as ``list(map(work, *of))`` does.

    Parameters
    ----------
    work : callable
        What to do; the first error that it raises, in the order of the items, is raised.
    *of : iterable
        The items; as long as the shortest.
    long : bool
        Whether the work is long enough for threads.

    Examples
    --------
    >>> side_by_side(pow, [2, 3, 4], [1, 2, 3])
    [2, 9, 64]
    """
    if not long:
        return list(map(work, *of))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, *of))  # after an error it calls off what has not begun
