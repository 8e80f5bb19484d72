"""Where a gap comes from: the labels, the model, proxies, feature quality, representation.

``causes_of(prepared, kind, cut)`` makes experiments with refitted models and says, for each
comparison of two groups, what each part is worth and which of them are causes. Files:
``contrast`` (differences with their error), ``parts`` (one number a question), ``share`` (the
representation experiment), ``words`` (sentences, and what the table cannot tell), ``asking``.
"""

from __future__ import annotations

from auditkit.causes.asking import CAUSES, FLOOR, causes_of

__all__ = ["CAUSES", "FLOOR", "causes_of"]
