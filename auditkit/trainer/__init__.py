"""A baseline model, cross-fitted, so that every score is one the model did not train on.

``cross_fit(frame, outcome, features=...)`` returns a :class:`Baseline`. Files: ``baseline`` (what
is asked and answered), ``order`` (rows put in an order that does not depend on the file),
``design`` (columns to model matrix, and the models), ``performance`` (how good the scores are).
scikit-learn is imported when a model is fitted, not before.
"""

from __future__ import annotations

from auditkit.trainer.baseline import Baseline, cross_fit

__all__ = ["Baseline", "cross_fit"]
