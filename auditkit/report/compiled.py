"""Templates compiled once for all reports: kept where Python keeps compiled modules of this room.

Compiling them takes as long as filling them. What is kept is trusted as much as those modules are:
who may write there may change auditkit itself. The templates of a user are never kept.
"""

from __future__ import annotations

import os
import pickle
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import BytecodeCache
    from jinja2.bccache import Bucket

__all__ = ["kept"]

_BROKEN = (OSError, EOFError, ValueError, pickle.UnpicklingError)


def kept() -> BytecodeCache | None:
    """Return the store of compiled templates; None where Python keeps no compiled modules.

    A template that has changed is compiled anew, and so is one whose file is broken. A store that
    cannot be written (a full disk, say) costs time and nothing else.
    """
    folder = Path(cache_from_source(__file__)).parent
    if sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    import jinja2

    class Store(jinja2.FileSystemBytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            try:
                super().load_bytecode(bucket)
            except _BROKEN:
                bucket.reset()

        def dump_bytecode(self, bucket: Bucket) -> None:
            try:
                super().dump_bytecode(bucket)
            except OSError:
                bucket.reset()  # it is compiled already; the next report compiles it again

    return Store(str(folder), f"template-{jinja2.__version__}-%s.bin")
