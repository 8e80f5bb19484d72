"""The rows that everybody is given: the same in every environment, from numpy and a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = {
    "gender": ("Female", "Male", "Nonbinary"),
    "race": ("Asian", "Black", "Hispanic", "Other", "White"),
    "age": ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89"),
}
"""15 groups, and 105 where they are crossed."""


@dataclass(frozen=True)
class Made:
    """Codes of three attributes, labels and decisions; one byte a value."""

    codes: dict[str, NDArray[np.int8]]
    y_true: NDArray[np.int8]
    y_pred: NDArray[np.int8]

    @property
    def index(self) -> NDArray[np.int64]:
        """Cell of each row, ready for ``np.bincount``: the floor."""
        index = np.zeros(len(self.y_true), dtype=np.int64)
        for name, names in NAMES.items():
            index = index * len(names) + self.codes[name]
        return (index * 2 + self.y_true) * 2 + self.y_pred

    def frame(self, dtype: str = "str") -> Any:
        """Return the attributes as a pandas frame of ``str``, ``object`` or ``category``."""
        import pandas as pd

        columns = {name: np.array(NAMES[name])[code] for name, code in self.codes.items()}
        frame = pd.DataFrame(columns)
        return frame if dtype == "str" else frame.astype(dtype)


def made(rows: int) -> Made:
    """Draw rows with gaps in labels and in decisions; some groups are small."""
    rng = np.random.default_rng(20261122)
    weights = {
        "gender": (0.46, 0.52, 0.02),
        "race": (0.06, 0.14, 0.19, 0.03, 0.58),
        "age": (0.21, 0.24, 0.2, 0.16, 0.12, 0.05, 0.02),
    }
    codes = {
        name: rng.choice(len(share), rows, p=share).astype(np.int8)
        for name, share in weights.items()
    }
    chance = 0.25 + 0.1 * (codes["gender"] == 1) + 0.05 * (codes["race"] == 4)
    y_true = (rng.random(rows) < chance).astype(np.int8)
    y_pred = (rng.random(rows) < 0.15 + 0.6 * y_true).astype(np.int8)
    return Made(codes, y_true, y_pred)


def hiring(rows: int) -> Any:
    """Return a frame of three attributes, eight numbers, three columns of words and a label."""
    import pandas as pd

    data = made(rows)
    rng = np.random.default_rng(15)
    frame = data.frame()
    for index in range(8):
        frame[f"n{index}"] = (rng.normal(size=rows) + 0.3 * data.y_true).round(4)
    for index, size in enumerate((4, 8, 12)):
        frame[f"w{index}"] = pd.Series(rng.integers(0, size, rows)).map("level {}".format)
    return frame.assign(y_true=data.y_true)


def scored(rows: int) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.int8]]:
    """Return labels, scores and one of 35 groups for each row."""
    rng = np.random.default_rng(35)
    y_true = rng.integers(0, 2, rows).astype(np.int8)
    score = (0.7 * rng.random(rows) + 0.3 * y_true * rng.random(rows)).astype(np.float32)
    return y_true, score, rng.integers(0, 35, rows).astype(np.int8)


def featured(rows: int) -> tuple[dict[str, NDArray[np.int8]], NDArray[np.int8]]:
    """Return twelve features of two to eight levels, and an outcome that is rare in one crossing.

    The people with f1 = 3, f4 = 1 and f8 = 1 have it at a rate of 0.25, all others of 0.4.
    """
    rng = np.random.default_rng(12)
    levels = (2, 8, 3, 7, 4, 6, 5, 5, 2, 8, 3, 7)
    features = {
        f"f{i}": rng.integers(0, size, rows).astype(np.int8) for i, size in enumerate(levels)
    }
    planted = (features["f1"] == 3) & (features["f4"] == 1) & (features["f8"] == 1)
    return features, (rng.random(rows) < np.where(planted, 0.25, 0.4)).astype(np.int8)
