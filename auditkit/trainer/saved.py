"""Models that are handed over: from the columns of a file to decisions, in one object.

A model of this room has learned from columns as auditkit reads them: dates, levels, text. What is
handed over reads them again in the same way, so it takes rows as they stand in a file. The classes
hold plain data and scikit-learn's models and nothing else: a skops file can tell all that is in
them, and :func:`auditkit.trainer.read_model` opens it without running code from the file.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditkit.columns import Kind, read_again, reading_of
from auditkit.counts import group_text
from auditkit.errors import MissingExtraError, RequestError, listed, nearest, shown
from auditkit.trainer.design import SEASONS_FROM, seen_of
from auditkit.trainer.order import row_hashes
from auditkit.trainer.prepared import Prepared

if TYPE_CHECKING:
    import pandas

__all__ = ["TRUSTED", "DecidingModel", "Reader", "ScoringModel", "to_skops"]

Floats = NDArray[np.float64]

_HOME = "auditkit.trainer.saved"
TRUSTED = (
    *(f"{_HOME}.{name}" for name in ("Reader", "ScoringModel", "DecidingModel")),
    "numpy.dtype",
    "sklearn.model_selection._split.StratifiedKFold",
)
"""Types that a skops file may hold besides those that skops itself trusts: plain data all."""

_WHOLE = re.compile(r"-?\d+\.0")


class Reader:
    """How the columns of a file become what a design takes.

    Attributes
    ----------
    readings : dict
        Column → how it was read, see :func:`auditkit.columns.reading_of`.
    levels : dict
        What is seen → the text of each code, in order.
    seasons : bool
        Whether month and weekday of dates are seen.
    """

    def __init__(
        self, readings: dict[str, Any], levels: dict[str, list[str]], seasons: bool
    ) -> None:
        self.readings, self.levels, self.seasons = readings, levels, seasons

    @classmethod
    def of(cls, rows: Prepared, without: Collection[str] = ()) -> Reader:
        """Learn it from the rows that a model is trained on."""
        raw, known = rows.seen.raw, rows.seen.table.known
        names = [name for name in rows.columns if name not in without]
        return cls(
            {name: reading_of(raw[name], rows.columns[name].kind) for name in names},
            {f"level:{n}": known[f"level:{n}"].tolist() for n in names if f"level:{n}" in known},
            len(raw) >= SEASONS_FROM,
        )

    def frame(self, raw: pandas.DataFrame) -> pandas.DataFrame:
        """Read rows."""
        import pandas

        def coded(key: str, cells: NDArray[Any]) -> Floats:
            place = {_spelled(text): code for code, text in enumerate(self.levels[key])}
            unknown = float(len(place))
            codes = [
                np.nan if cell is None else place.get(_spelled(cell), unknown) for cell in cells
            ]
            return np.array(codes, dtype=np.float64)

        cells = {name: read_again(raw[name], how) for name, how in self.readings.items()}
        kinds = {name: Kind(how["kind"]) for name, how in self.readings.items()}
        return pandas.DataFrame(seen_of(cells, kinds, coded, seasons=self.seasons, notes=[]))


def _spelled(text: str) -> str:
    """Return the one spelling of a level: whole numbers lose the ``.0`` of a column of floats."""
    return text[:-2] if _WHOLE.fullmatch(text) else text


class _Rows:
    """Rows in: what both kinds of models share."""

    def __init__(self, reader: Reader, design: Any, outcomes: Sequence[str]) -> None:
        self.reader, self.design, self.outcomes = reader, design, list(outcomes)

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Columns that a frame must have, in any order."""
        return np.array(list(self.reader.readings), dtype=object)

    @property
    def classes_(self) -> NDArray[Any]:
        """The other outcome and the event, as the label spells them."""
        return np.array(self.outcomes, dtype=object)

    def _seen(self, rows: Any) -> tuple[pandas.DataFrame, Floats]:
        """Return rows as the design takes them, and the matrix that it makes of them."""
        lacking = [name for name in self.feature_names_in_ if name not in rows.columns]
        if lacking:
            hint = nearest(lacking[0], [str(name) for name in rows.columns])
            raise RequestError(f"the model needs the column '{shown(lacking[0])}'{hint}")
        seen = self.reader.frame(rows)
        return seen, np.asarray(self.design.transform(seen), dtype=np.float64)


class ScoringModel(_Rows):
    """A model that gives each row the chance of the event; it needs no group to decide.

    Attributes
    ----------
    reader, design, learner : Reader, object, object
        From columns to a matrix to chances.
    outcomes : list of str
        The other outcome and the event, as the label spells them.
    threshold : float
        A chance of this or more is the event.
    """

    def __init__(
        self,
        reader: Reader,
        design: Any,
        learner: Any,
        *,
        outcomes: Sequence[str],
        threshold: float = 0.5,
    ) -> None:
        super().__init__(reader, design, outcomes)
        self.learner, self.threshold = learner, threshold

    def predict_proba(self, rows: Any) -> Floats:
        """Return the chance of the other outcome and of the event for each row of a frame."""
        _, x = self._seen(rows)
        place = list(self.learner.classes_).index(1)
        chance = np.asarray(self.learner.predict_proba(x)[:, place], dtype=np.float64)
        return np.column_stack([1 - chance, chance])

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return the outcome for each row."""
        event = self.predict_proba(rows)[:, 1] >= self.threshold
        return self.classes_[event.astype(np.intp)]


class DecidingModel(_Rows):
    """A model that decides: by lines of its own, of each group or of all, or by lot among models.

    Where chance decides, it is drawn from what the row holds and the seed: the same person always
    gets the same answer, alone or among others.

    Attributes
    ----------
    reader, design : Reader, object
        From columns to a matrix.
    models, chances : list
        Models, and the chance of each to be the one that is asked.
    lines : list or None
        ``[code, [[chance, threshold, from above], ...]]`` for each group, one with code None for
        everybody; None where the models select by themselves.
    group : dict or None
        The column that holds the group: ``column``, ``values`` (spellings), ``edges``, ``labels``
        (bands), ``names`` (of each code) and ``others`` (whether all others have lines too).
    outcomes : list of str
        As in :class:`ScoringModel`.
    seed : int
        Of what is drawn.
    """

    def __init__(
        self,
        reader: Reader,
        design: Any,
        models: list[Any],
        *,
        chances: list[float],
        lines: list[Any] | None,
        group: dict[str, Any] | None,
        outcomes: Sequence[str],
        seed: int,
    ) -> None:
        super().__init__(reader, design, outcomes)
        self.models, self.chances, self.lines = models, chances, lines
        self.group, self.seed = group, seed

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Columns that a frame must have; that of the group last, where it is needed."""
        names = list(self.reader.readings)
        if self.group is not None and self.group["column"] not in names:
            names.append(self.group["column"])
        return np.array(names, dtype=object)

    def predict(self, rows: Any) -> NDArray[Any]:
        """Return the outcome for each row of a frame."""
        seen, x = self._seen(rows)
        share = self._shares(x, rows)
        drawn = row_hashes(seen, self.seed) < share
        return self.classes_[drawn.astype(np.intp)]

    def _shares(self, x: Floats, rows: pandas.DataFrame) -> Floats:
        """Return the chance of each row to be selected."""
        if self.lines is None:
            votes = [np.asarray(model.predict(x), dtype=np.float64) for model in self.models]
            return np.average(votes, axis=0, weights=self.chances)
        learner = self.models[0]
        score = learner.predict_proba(x)[:, list(learner.classes_).index(1)]
        found = np.zeros(len(rows))
        groups = None if self.group is None else _groups(rows, self.group)
        for code, lines in self.lines:
            beyond = [
                chance * (score > line if above else score < line) for chance, line, above in lines
            ]
            mine = np.ones(len(rows), dtype=bool) if groups is None else groups == code
            found[mine] = np.sum(beyond, axis=0)[mine]
        return found


def _groups(rows: pandas.DataFrame, how: Mapping[str, Any]) -> NDArray[np.intp]:
    """Return the code of the group of each row; groups without a name share the code after them."""
    column, names = rows[how["column"]], how["names"]
    if how["edges"]:
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        codes = np.searchsorted(np.array(how["edges"]), numbers, side="right")
        texts = [
            None if np.isnan(number) else how["labels"][code]
            for number, code in zip(numbers, codes, strict=True)
        ]
    else:
        plain = [group_text(value) for value in column.tolist()]
        texts = [None if text is None else how["values"].get(text, text) for text in plain]
    place = {name: code for code, name in enumerate(names)}
    others = sorted({str(text) for text in texts if text not in place})
    if others and not how["others"]:
        raise RequestError(
            f"the model has no threshold for {listed(others)} of '{shown(how['column'])}': it "
            f"knows {listed(names)}"
        )
    return np.array([place.get(text, len(names)) for text in texts], dtype=np.intp)


def to_skops(model: Any) -> bytes:
    """Return a model as a skops file: the same bytes for the same model.

    Raises
    ------
    RequestError
        When it holds types that would not be trusted when it is opened.
    MissingExtraError
        When skops is not installed.
    """
    try:
        import skops.io
    except ImportError:
        raise MissingExtraError(
            "a model is written with skops: pip install 'auditkit-fairness[models]'"
        ) from None
    content = _steady(skops.io.dumps(model))
    strange = [name for name in skops.io.get_untrusted_types(data=content) if name not in TRUSTED]
    if strange:
        raise RequestError(
            f"this model cannot be written so that it may be trusted: {listed(strange)} "
            "could hold anything"
        )
    return content


def _steady(content: bytes) -> bytes:
    """Renumber the parts of a skops file in order: it names them by where they lay in memory.

    The parts are stamped 1980, the first year that a zip file knows.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        numbers: dict[str, str] = {}
        tree = _numbered(json.loads(old.read("schema.json")), numbers)
        parts = {numbers.get(name.partition(".")[0], ""): name for name in old.namelist()}
        for number in sorted((number for number in parts if number), key=int):
            name = parts[number]
            _stamped(new, f"{number}.{name.partition('.')[2]}", old.read(name))
        _stamped(new, "schema.json", json.dumps(tree, indent=1).encode())
    return made.getvalue()


def _numbered(node: Any, numbers: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_numbered(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            found[key] = int(numbers.setdefault(str(value), str(len(numbers) + 1)))
        elif key == "file" and isinstance(value, str):
            stem, _, suffix = value.partition(".")
            found[key] = f"{numbers.setdefault(stem, str(len(numbers) + 1))}.{suffix}"
        else:
            found[key] = _numbered(value, numbers)
    return found


def _stamped(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
