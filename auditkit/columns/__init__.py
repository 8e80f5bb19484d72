"""What each column of a table is, and its cells as plain values."""

from auditkit.columns.cells import Kind, distinct_values, values
from auditkit.columns.kinds import Column, describe

__all__ = ["Column", "Kind", "describe", "distinct_values", "values"]
