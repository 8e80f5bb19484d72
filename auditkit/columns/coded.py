"""The group of each row, with the codes it was made from: nobody has to look the texts up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Coded"]


class Coded(list[str | None]):
    """A list of groups, None where missing, that remembers which of the `names` each is.

    Attributes
    ----------
    codes : ndarray of int
        Place of each row's group in `names`; -1 where it is missing.
    names : tuple of str or None
        Groups; two may have one name, and None is a missing one.

    Examples
    --------
    >>> groups = Coded(np.array([1, 0, -1]), ["F", "M"])
    >>> groups, groups.codes.tolist()
    (['M', 'F', None], [1, 0, -1])
    """

    def __init__(self, codes: NDArray[np.intp], names: Sequence[str | None]) -> None:
        super().__init__(np.array([*names, None], dtype=object)[codes].tolist())  # -1 is the last
        self.codes, self.names = codes, tuple(names)
