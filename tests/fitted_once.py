"""Fits of one model to the same rows, made once: for files that audit one table many times.

The baseline is most of what an audit costs. That the same rows and seed give the same fit, bit for
bit, is what tests/test_trainer.py shows; files whose subject is something else need not ask again.
All that goes into a fit is in the key, and each caller gets a copy of its own. Coverage, which
makes Python twice as slow, is not measured meanwhile: tests/test_trainer.py has those lines.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from auditkit import modelling

__all__ = ["fitted_once", "models_untraced", "untraced"]

_KNOWN: dict[bytes, bytes] = {}


@contextmanager
def untraced() -> Iterator[None]:
    """Run what other tests measure the coverage of without measuring it.

    Above a test or a fixture that asks of hundreds of tables, or of a large one, what the tests
    beside it ask of a few. The tracer is put aside and not stopped: started again, it would not
    know the functions that are under way, and their lines from here on would count as missed.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        _first_call()  # at a call the tracer takes its place again, for all that is under way


def _first_call() -> None:
    """Do nothing."""


@pytest.fixture(scope="session", autouse=True)
def models_untraced() -> Iterator[None]:
    """Let models be trained and asked without coverage: no line of ours runs meanwhile."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    with pytest.MonkeyPatch.context() as patch:
        for kind, names in (
            (Pipeline, ("fit",)),
            (LogisticRegression, ("fit", "predict_proba")),
            (HistGradientBoostingClassifier, ("fit", "predict_proba")),
        ):
            for name in names:
                patch.setattr(kind, name, untraced()(getattr(kind, name)))
        yield


@pytest.fixture(scope="module")
def fitted_once() -> Iterator[None]:
    """Have a baseline that this process has fitted before, to the last setting, from memory."""
    fit = modelling._fitted

    def once(*asked: Any) -> Any:
        *settings, _what, _progress = asked
        key = hashlib.sha256(pickle.dumps(settings)).digest()
        if key not in _KNOWN:
            with untraced():
                _KNOWN[key] = pickle.dumps(fit(*asked))
        return pickle.loads(_KNOWN[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modelling, "_fitted", once)
        yield
