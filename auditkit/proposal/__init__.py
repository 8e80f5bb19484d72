"""A first ``audit.toml``, proposed from the names and the values of a table.

How it flows: :mod:`table` looks at the columns (all rows, or a sample), :mod:`people`,
:mod:`outcome` and :mod:`layout` propose roles by what :mod:`names` and :mod:`meanings` know,
:mod:`proposed` puts them together, :mod:`running` loads the data by them, and :mod:`text` writes
them down with their reasons. It is a proposal: names deceive, and nobody but the user knows what
the data mean.
"""

from auditkit.proposal.named import named_roles
from auditkit.proposal.proposed import Proposal, propose
from auditkit.proposal.running import that_runs
from auditkit.proposal.text import audit_toml

__all__ = ["Proposal", "audit_toml", "named_roles", "propose", "that_runs"]
