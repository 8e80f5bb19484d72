"""Evidence: a folder or a zip file with everything that a report rests on, and its verification.

- `printing` prints a page to PDF; `modelcard` writes a model card;
- `remaking` says what it takes to make a record again, and makes it;
- `writing_out` puts it together; `opening` reads one that somebody has handed over; `verifying`
  says whether it is untouched, and, given the data, whether the numbers come out again.
"""

from auditkit.bundle.modelcard import model_card
from auditkit.bundle.printing import print_pdf
from auditkit.bundle.remaking import Remade
from auditkit.bundle.verifying import Verification, verify_bundle
from auditkit.bundle.writing_out import FORMAT, VERSION, bundle_files, write_bundle

__all__ = [
    "FORMAT",
    "VERSION",
    "Remade",
    "Verification",
    "bundle_files",
    "model_card",
    "print_pdf",
    "verify_bundle",
    "write_bundle",
]
