"""The command line: parse, call, print, exit code. Nothing is computed here.

Results go to standard output or to the named file; progress, notes and errors to standard error.
Exit: 0 done; 1 a ``--fail-on`` rule was met or could not be decided; 2 the request or the data
are at fault; 130 interrupted. A command is a function in the file of its kind; importing that file
adds it to the group.
"""

from auditkit.cli import data, lists, mitigating, publishing, records, start
from auditkit.cli.entry import main
from auditkit.cli.group import cli

__all__ = ["cli", "data", "lists", "main", "mitigating", "publishing", "records", "start"]
