"""The door for data: :func:`load` gives columns their roles, :func:`tally` counts the rows."""

from auditkit.loaders.dataset import Dataset, LoadOptions, Source, load
from auditkit.loaders.files import FileOptions
from auditkit.loaders.tally import MODEL_COLUMN, tally

__all__ = ["MODEL_COLUMN", "Dataset", "FileOptions", "LoadOptions", "Source", "load", "tally"]
