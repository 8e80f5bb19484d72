"""What each column of a table is, and its cells as plain values."""

from auditkit.columns.again import read_again, reading_of
from auditkit.columns.cells import Kind, distinct_values, values
from auditkit.columns.kinds import Column, describe

__all__ = ["Column", "Kind", "describe", "distinct_values", "read_again", "reading_of", "values"]
