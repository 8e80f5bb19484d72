"""What each column of a table is, and its cells as plain values."""

from auditkit.columns.again import read_again, reading_of
from auditkit.columns.cells import Cells, Kind, values
from auditkit.columns.coded import Coded
from auditkit.columns.kinds import Column, cells_of, column_of, describe, described

__all__ = [
    "Cells",
    "Coded",
    "Column",
    "Kind",
    "cells_of",
    "column_of",
    "describe",
    "described",
    "read_again",
    "reading_of",
    "values",
]
