"""From columns to what a model sees, and the models themselves.

Reading a cell (a date, a number written as text) needs no other row and no outcome, so it is done
once, for the whole table. Everything that learns from rows (medians, scales, which levels are
rare, what a level says of the outcome) is a step of the pipeline and is fitted inside each fold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from auditkit.columns import Column, Kind, values
from auditkit.errors import RequestError, shown

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = [
    "KINDS", "MANY_LEVELS", "SEASONS_FROM", "Estimator", "Table", "column_names", "dense_design",
    "model_for", "read_table", "seen_of",
]  # fmt: skip

KINDS = ("logistic", "boosting")
MANY_LEVELS = 50  # more levels than this are encoded by their cross-fitted mean outcome
SEASONS_FROM = 500  # rows from which month and weekday of a date are seen as well
WORD_BUCKETS = 64  # hashed words of free text
_LARGEST = 1e100  # beyond it squares overflow

_NUMBERS = (Kind.NUMERIC, Kind.BOOLEAN, Kind.DATE)


class Estimator(Protocol):
    """What a model must be able to do: a scikit-learn classifier with probabilities."""

    def fit(self, X: Any, y: Any, **parameters: Any) -> Any:  # noqa: N803
        """Learn from rows `X` and outcomes `y`."""

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """Return a probability for each row and class."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows as the models take them: numbers, codes of levels (NaN: missing) and text.

    Attributes
    ----------
    frame : pandas.DataFrame
        One column for each thing seen, named ``number:age``, ``days:start``, ``level:city`` ...
    numbers, levels, many, texts : tuple of str
        The columns of `frame` by treatment; `many` are those with more than ``MANY_LEVELS``.
    notes : tuple of str
        What was done to columns that are more than numbers and levels.
    known : mapping of str to ndarray
        The level of each code, by column of `frame`.
    """

    frame: pandas.DataFrame
    numbers: tuple[str, ...]
    levels: tuple[str, ...]
    many: tuple[str, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...]
    known: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def of(self, features: Collection[str]) -> list[str]:
        """Return the columns of `frame` that show these features."""
        return [key for key in self.frame.columns if key.partition(":")[2] in features]

    def without(self, features: Collection[str]) -> Table:
        """Return the table as it is when these features are not there."""
        gone = set(self.of(features))

        def left(part: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(key for key in part if key not in gone)

        return replace(
            self,
            frame=self.frame.drop(columns=list(gone)),
            numbers=left(self.numbers),
            levels=left(self.levels),
            many=left(self.many),
            texts=left(self.texts),
        )


def read_table(frame: pandas.DataFrame, columns: Mapping[str, Column]) -> Table:
    """Read the named columns into what the models see.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    columns : mapping of str to Column
        The features, as :func:`auditkit.columns.describe` found them.

    Examples
    --------
    >>> import pandas
    >>> from auditkit.columns import describe
    >>> frame = pandas.DataFrame({"age": [31, 40, 58], "city": ["Ghent", None, "Bruges"]})
    >>> table = read_table(frame, describe(frame, ["age", "city"]))
    >>> table.frame["level:city"].tolist(), table.levels
    ([1.0, nan, 0.0], ('level:city',))
    """
    import pandas

    known: dict[str, NDArray[Any]] = {}
    many: list[str] = []
    notes: list[str] = []

    def coded(key: str, cells: NDArray[Any]) -> NDArray[np.float64]:
        codes, levels = pandas.factorize(pandas.Series(cells, dtype=object), sort=True)
        known[key] = np.asarray(levels, dtype=object)
        if len(levels) > MANY_LEVELS:
            many.append(key)
            notes.append(
                f"column '{shown(key.partition(':')[2])}' has {len(levels):,} levels: the model "
                "sees, for each, the mean outcome of other rows with that level, drawn towards the "
                "mean of all"
            )
        return np.where(codes < 0, np.nan, codes)

    cells = {name: values(frame[name], column.kind) for name, column in columns.items()}
    kinds = {name: column.kind for name, column in columns.items()}
    seasons = len(frame) >= SEASONS_FROM
    seen = seen_of(cells, kinds, coded, seasons=seasons, notes=notes)
    texts = tuple(key for key in seen if key.startswith("text:"))
    levels_ = [key for key in seen if key.startswith(("level:", "month:", "weekday:"))]
    numbers = tuple(key for key in seen if key not in texts and key not in levels_)
    few = tuple(key for key in levels_ if key not in many)
    return Table(pandas.DataFrame(seen), numbers, few, tuple(many), texts, tuple(notes), known)


def seen_of(
    cells: Mapping[str, NDArray[Any]],
    kinds: Mapping[str, Kind],
    coded: Callable[[str, NDArray[Any]], NDArray[np.float64]],
    *,
    seasons: bool,
    notes: list[str],
) -> dict[str, NDArray[Any]]:
    """Return what the models see of columns that are read: named numbers, codes and texts.

    Parameters
    ----------
    cells, kinds : mapping of str
        Column → its cells as plain values, and what they are.
    coded : callable
        From the name of what is seen and levels as text to their codes.
    seasons : bool
        Whether month and weekday of a date are seen as well.
    notes : list of str
        What a reader should know is added to it.
    """
    seen: dict[str, NDArray[Any]] = {}
    for name, kind in kinds.items():
        if kind in _NUMBERS:
            seen |= _numbers(name, kind, cells[name], notes, seasons)
        elif kind is Kind.TEXT:
            filled = np.array([cell or "" for cell in cells[name]], dtype=object)
            seen[f"length:{name}"] = np.array([float(len(cell)) for cell in filled])
            seen[f"words:{name}"] = np.array([float(len(cell.split())) for cell in filled])
            seen[f"text:{name}"] = filled
            notes.append(
                f"column '{shown(name)}' is free text: the model sees its length, its number of "
                f"words and {WORD_BUCKETS} buckets of hashed words"
            )
        else:
            seen[f"level:{name}"] = coded(f"level:{name}", cells[name])
    return seen


def _numbers(
    name: str, kind: Kind, cells: NDArray[np.float64], notes: list[str], seasons: bool
) -> dict[str, NDArray[Any]]:
    if kind is Kind.DATE:
        seen = {f"days:{name}": cells}
        told = "as days"
        if seasons:
            day = np.where(np.isnan(cells), np.nan, np.floor(cells))
            moments = day.astype("datetime64[D]") if len(day) else day
            month = moments.astype("datetime64[M]").astype(np.float64) % 12
            seen[f"month:{name}"] = np.where(np.isnan(day), np.nan, month)
            seen[f"weekday:{name}"] = (day + 3) % 7  # 1970-01-01 was a Thursday
            told = "as days, month and weekday"
        notes.append(f"column '{shown(name)}' is a date: the model sees it {told}")
        return seen
    endless = np.isinf(cells)
    if endless.any():
        count = f"{int(endless.sum()):,} infinite value{'s' if endless.sum() > 1 else ''}"
        notes.append(f"column '{shown(name)}': {count} read as missing")
    clipped = np.clip(np.where(endless, np.nan, cells), -_LARGEST, _LARGEST)
    return {f"number:{name}": clipped}


def model_for(
    kind: str | Estimator, table: Table, *, seed: int, rows: int, smallest: int
) -> tuple[Any, bool]:
    """Build the unfitted model.

    Parameters
    ----------
    kind : str or estimator
        One of ``KINDS``, or a scikit-learn classifier. A `Pipeline` is given the features as they
        stand in the data; any other estimator the design that ``logistic`` has.
    table : Table
        What there is to see.
    seed : int
        For all that draws at random and has no seed of its own.
    rows, smallest : int
        Rows to train on in one fold, and how many of them are in the smaller class.

    Returns
    -------
    tuple of estimator and bool
        The model, and whether it takes the raw features instead of ``table.frame``.

    Raises
    ------
    RequestError
        The kind is unknown, or the estimator cannot give probabilities or be cloned.

    Examples
    --------
    >>> import pandas
    >>> from auditkit.columns import describe
    >>> frame = pandas.DataFrame({"age": [31, 40, 58], "city": ["Ghent", None, "Bruges"]})
    >>> table = read_table(frame, describe(frame, ["age", "city"]))
    >>> model, raw = model_for("boosting", table, seed=0, rows=3, smallest=1)
    >>> list(model.named_steps), raw
    (['design', 'model'], False)
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    if kind == "boosting":
        few = len(table.levels) if smallest >= 2 else len(table.levels + table.many)
        learner: Any = HistGradientBoostingClassifier(
            categorical_features=list(range(few)), early_stopping=False, random_state=seed
        )
        design = _design(table, seed=seed, rows=rows, smallest=smallest, trees=True)
        return Pipeline([("design", design), ("model", learner)]), False
    if kind == "logistic":
        learner = LogisticRegression(max_iter=1_000, random_state=seed)
    else:
        learner = _own(kind, seed)
        if isinstance(learner, Pipeline):
            return learner, True
    design = _design(table, seed=seed, rows=rows, smallest=smallest, trees=False)
    if kind != "logistic":
        design.set_params(sparse_threshold=0.0)
    return Pipeline([("design", design), ("model", learner)]), False


def dense_design(table: Table, *, seed: int, rows: int, smallest: int) -> Any:
    """Build the design of ``logistic``, unfitted, as a full matrix: what experiments change."""
    design = _design(table, seed=seed, rows=rows, smallest=smallest, trees=False)
    return design.set_params(sparse_threshold=0.0)


def _design(table: Table, *, seed: int, rows: int, smallest: int, trees: bool) -> Any:
    """Build the columns a model sees; levels come first, then all that is numbers."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rare = int(np.clip(rows // 200, 2, 20))
    known = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=rare)
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    means = _level_means(seed, min(5, smallest)) if smallest >= 2 else known
    levels, many = list(table.levels), list(table.many)
    if smallest < 2:  # too few outcomes to learn from the levels
        levels, many = levels + many, []
    scaled = make_pipeline(filled, StandardScaler())
    steps: list[tuple[str, Any, str | list[str]]] = [
        ("levels", "passthrough" if trees else known, levels),
        ("many", means if trees else make_pipeline(means, StandardScaler()), many),
        ("numbers", "passthrough" if trees else scaled, list(table.numbers)),
    ]
    words = HashingVectorizer(n_features=WORD_BUCKETS, alternate_sign=False)
    steps += [(f"text {place}", words, name) for place, name in enumerate(table.texts)]
    used = [step for step in steps if step[2]]
    return ColumnTransformer(used, sparse_threshold=0.0 if trees else 0.3)


def column_names(design: Any, table: Table) -> list[str]:
    """Return a name for each column that a fitted design makes, from the names of the data.

    ``age``, ``age (missing)``, ``city=Ghent``; the mean outcome of a level has the column's name.
    """
    found = [""] * max(part.stop for part in design.output_indices_.values())
    for name, made, columns in design.transformers_:
        part = design.output_indices_[name]
        try:
            told = [str(text) for text in made.get_feature_names_out(columns)]
        except (AttributeError, ValueError):  # hashed words have no names
            of = str(columns).partition(":")[2]
            told = [f"{of} (words {place + 1})" for place in range(part.stop - part.start)]
        found[part] = [_told_name(text, table) for text in told]
    return found


def _told_name(text: str, table: Table) -> str:
    gone = "missingindicator_"
    if text.startswith(gone):
        return f"{text.removeprefix(gone).partition(':')[2]} (missing)"
    if text in table.frame.columns:
        return text.partition(":")[2]
    key, _, code = text.rpartition("_")
    known, feature = table.known.get(key), key.partition(":")[2]
    if code == "sklearn":  # infrequent_sklearn
        return f"{key.removesuffix('_infrequent').partition(':')[2]}=(rare)"
    if code == "nan":
        return f"{feature}=(missing)"
    if known is None:  # months and weekdays
        return f"{feature} {key.partition(':')[0]}={int(float(code))}"
    return f"{feature}={known[int(float(code))]}"


def _level_means(seed: int, parts: int) -> Any:
    """Encode levels by their mean outcome, cross-fitted so that no row sees its own."""
    import sklearn
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import TargetEncoder

    version = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if version < (1, 9):
        return TargetEncoder(target_type="binary", cv=parts, random_state=seed)
    split = StratifiedKFold(parts, shuffle=True, random_state=seed)
    return TargetEncoder(target_type="binary", cv=split)


def _own(kind: str | Estimator, seed: int) -> Any:
    """Copy and seed an estimator that the user brought."""
    from sklearn.base import clone

    if isinstance(kind, str):
        known = ", ".join(KINDS)
        raise RequestError(f"no model '{shown(kind)}': choose one of {known}, or pass an estimator")
    name = type(kind).__name__
    if isinstance(kind, type):
        raise RequestError(f"the model is a class: pass an instance, {kind.__name__}()")
    if not hasattr(kind, "fit") or not hasattr(kind, "predict_proba"):
        raise RequestError(
            f"the model {name} has no fit and predict_proba; "
            "CalibratedClassifierCV from scikit-learn can add probabilities to a classifier"
        )
    try:
        copy = clone(kind)
    except (TypeError, RuntimeError) as error:
        raise RequestError(f"the model {name} cannot be cloned by scikit-learn: {error}") from error
    seeds = {
        key: seed
        for key, value in copy.get_params(deep=True).items()
        if value is None and (key == "random_state" or key.endswith("__random_state"))
    }
    return copy.set_params(**seeds)
