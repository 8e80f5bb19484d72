"""A baseline model, cross-fitted, so that every score is one the model did not train on.

``cross_fit(frame, outcome, features=...)`` returns a :class:`Baseline`. Files: ``plan`` (what is
asked), ``order`` and ``prepared`` (rows in an order that does not depend on the file, parted into
folds), ``design`` (columns to model matrix, and the models), ``fitting`` (fits, one by one or in
parallel), ``baseline`` (scores out of fold), ``influence``, ``by_group`` and ``performance`` (how
good they are), ``brought`` (models that are fitted already), ``bench`` (the same folds for
experiments), ``saved`` (models that are handed over).
scikit-learn is imported when a model is fitted.
"""

from __future__ import annotations

from auditkit.trainer.baseline import Baseline, Scored, cross_fit, fit_out_of_fold, scored, scorer
from auditkit.trainer.bench import Bench, Fitted, Learner
from auditkit.trainer.brought import Brought, is_model_file, read_model
from auditkit.trainer.design import column_names
from auditkit.trainer.fitting import quietly
from auditkit.trainer.influence import MEASURES, Rows, Undefined, influence_of, variance
from auditkit.trainer.plan import TRAIN_ROWS, Cut, Training, TrainingOptions, check_seed
from auditkit.trainer.prepared import Prepared, prepare
from auditkit.trainer.saved import DecidingModel, Reader, ScoringModel, to_skops

__all__ = [
    "MEASURES",
    "TRAIN_ROWS",
    "Baseline",
    "Bench",
    "Brought",
    "Cut",
    "DecidingModel",
    "Fitted",
    "Learner",
    "Prepared",
    "Reader",
    "Rows",
    "Scored",
    "ScoringModel",
    "Training",
    "TrainingOptions",
    "Undefined",
    "check_seed",
    "column_names",
    "cross_fit",
    "fit_out_of_fold",
    "influence_of",
    "is_model_file",
    "prepare",
    "quietly",
    "read_model",
    "scored",
    "scorer",
    "to_skops",
    "variance",
]
