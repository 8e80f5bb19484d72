"""What a column is must not depend on its dtype, its order or how it is spelled."""

from __future__ import annotations

import datetime
import decimal
import random
import re
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pandas
import pyarrow
import pytest
from fitted_once import untraced
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditkit.columns import Column, Kind, describe, values
from auditkit.columns.cells import Cells
from auditkit.columns.different import different
from auditkit.columns.wording import all_match, is_ascii, lengths, words
from auditkit.errors import DataError, SchemaError

DATA = Path(__file__).parents[2] / "shared" / "data"
ROWS = 200
RNG = np.random.default_rng(0)
DAYS = pandas.date_range("2020-01-01", periods=ROWS)
ARROW = pandas.ArrowDtype
JAN, FEB = datetime.date(2020, 1, 1), datetime.date(2020, 2, 1)


def series(cells: object, dtype: object = None) -> pandas.Series:
    return pandas.Series(cells, dtype=dtype)


def one(cells: pandas.Series, name: str = "x") -> Column:
    return describe(pandas.DataFrame({name: cells}), [name])[name]


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        # numbers
        (Kind.NUMERIC, series([1, 2, None, 5], "Int64"), [1, 2, np.nan, 5]),
        (Kind.NUMERIC, series([1, 2, None, 5], "int64[pyarrow]"), [1, 2, np.nan, 5]),
        (Kind.NUMERIC, series([0.5, None, 2.0]), [0.5, np.nan, 2.0]),
        (
            Kind.NUMERIC,
            series([decimal.Decimal("1.5"), None, decimal.Decimal(2)]),
            [1.5, np.nan, 2],
        ),
        (
            Kind.NUMERIC,
            series(
                [decimal.Decimal("1.5"), None, decimal.Decimal(2)], ARROW(pyarrow.decimal128(5, 2))
            ),
            [1.5, np.nan, 2],
        ),
        (Kind.NUMERIC, series(["1", " 2.5 ", "?", "-3e2", None]), [1, 2.5, np.nan, -300, np.nan]),
        (Kind.NUMERIC, series([1, "?", 3, "4"], object), [1, np.nan, 3, 4]),
        (Kind.NUMERIC, series(pandas.to_timedelta([1, 36], unit="h")), [1 / 24, 1.5]),
        (
            Kind.NUMERIC,
            series(
                [datetime.timedelta(2), None, datetime.timedelta(1)], ARROW(pyarrow.duration("s"))
            ),
            [2, np.nan, 1],
        ),
        # true and false
        (Kind.BOOLEAN, series([True, False, True]), [1, 0, 1]),
        (Kind.BOOLEAN, series([True, None, False], object), [1, np.nan, 0]),
        (Kind.BOOLEAN, series([True, None, False], "boolean"), [1, np.nan, 0]),
        (Kind.BOOLEAN, series([True, None, False], "bool[pyarrow]"), [1, np.nan, 0]),
        (Kind.BOOLEAN, series([0, 1, 1], "int8"), [0, 1, 1]),
        (Kind.BOOLEAN, series([0.0, 1.0, None]), [0, 1, np.nan]),
        (Kind.BOOLEAN, series(["0", "1", "?", "1"]), [0, 1, np.nan, 1]),
        (Kind.BOOLEAN, series(["Yes", "no ", None, " YES"]), [1, 0, np.nan, 1]),
        (Kind.BOOLEAN, series(["TRUE", "FALSE"], "category"), [1, 0]),
        # dates, in days since 1970
        (Kind.DATE, series([JAN, None, FEB], object), [18262, np.nan, 18293]),
        (Kind.DATE, series([JAN, None, FEB], ARROW(pyarrow.date32())), [18262, np.nan, 18293]),
        (Kind.DATE, series([JAN, None, FEB], "datetime64[ns]"), [18262, np.nan, 18293]),
        (
            Kind.DATE,
            series([JAN, None, FEB], ARROW(pyarrow.timestamp("us"))),
            [18262, np.nan, 18293],
        ),
        (
            Kind.DATE,
            series(
                pandas.to_datetime(["2020-01-01T12:00+06:00", "2020-01-02T00:00+00:00"], utc=True)
            ),
            [18262.25, 18263],
        ),
        (Kind.DATE, series(pandas.period_range("2020-01", periods=2, freq="M")), [18262, 18293]),
        (Kind.DATE, series(["2020-01-01", "?", "2020-02-01", ""]), [18262, np.nan, 18293, np.nan]),
        (Kind.DATE, series(["2020-01-01", "2020-02-01"], "category"), [18262, 18293]),
        (Kind.DATE, series(["13/01/2020", "01/02/2020"]), [18274, 18293]),
        (Kind.DATE, series(["01/13/2020", "02/01/2020"]), [18274, 18293]),
        (Kind.DATE, series(["1.1.2020", "01.02.2020"]), [18262, 18293]),
        (Kind.DATE, series(["1 Jan 2020", "1 Feb 2020"]), [18262, 18293]),
        (Kind.DATE, series(["1 January 2020", "1 February 2020"]), [18262, 18293]),
        (Kind.DATE, series(["Jan 1, 2020", "Feb 1, 2020"]), [18262, 18293]),
        (Kind.DATE, series(["2020-01-01T06:00Z", "2020-02-01 01:00+01:00"]), [18262.25, 18293]),
        # levels
        (Kind.CATEGORICAL, series(["a", None, "b", "a"], "str"), ["a", None, "b", "a"]),
        (Kind.CATEGORICAL, series(["a", None, "b", "a"], object), ["a", None, "b", "a"]),
        (Kind.CATEGORICAL, series(["a", None, "b", "a"], "category"), ["a", None, "b", "a"]),
        (Kind.CATEGORICAL, series(["a", None, "b", "a"], "string"), ["a", None, "b", "a"]),
        (Kind.CATEGORICAL, series(["a", None, "b"], ARROW(pyarrow.string())), ["a", None, "b"]),
        (
            Kind.CATEGORICAL,
            series(
                pandas.array(
                    ["a", "b"], ARROW(pyarrow.dictionary(pyarrow.int32(), pyarrow.string()))
                )
            ),
            ["a", "b"],
        ),
        (Kind.CATEGORICAL, series([1, 2, None, 1], "category"), ["1", "2", None, "1"]),
        (Kind.CATEGORICAL, series(["007", "010", "007"]), ["007", "010", "007"]),
        (Kind.CATEGORICAL, series([[1], [2], None, [1]]), ["[1]", "[2]", None, "[1]"]),
        (Kind.CATEGORICAL, series(["seen", None, "seen"]), ["seen", None, "seen"]),
        (Kind.CATEGORICAL, series(["NA", "None", "a", "a"]), ["NA", "None", "a", "a"]),
        (Kind.CATEGORICAL, series(["1", "2", "x", "3"]), ["1", "2", "x", "3"]),
        # nothing to tell
        (Kind.CONSTANT, series([7, 7]), ["7", "7"]),
        (Kind.EMPTY, series([None, None]), [None, None]),
        (Kind.EMPTY, series([np.nan, np.nan]), [None, None]),
        (Kind.EMPTY, series(["", "  ", None]), [None, None, None]),
        (Kind.EMPTY, series([], object), []),
    ],
)
def test_kind_and_cells(kind: Kind, cells: pandas.Series, expected: list[object]) -> None:
    found = one(cells)
    assert found.kind is kind, found.why
    assert found.rows == len(cells)
    assert found.why
    read = values(cells, found.kind)
    if kind in (Kind.NUMERIC, Kind.BOOLEAN, Kind.DATE):
        assert read.dtype == np.float64
        np.testing.assert_allclose(read, np.array(expected, dtype=float), rtol=1e-12)
        missing = np.isnan(read)
    else:
        assert read.tolist() == expected
        missing = np.array([cell is None for cell in read], dtype=bool)
    assert found.missing == missing.sum()
    assert found.distinct == len(set(read[~missing].tolist()))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("x", [str(uuid.UUID(int=int(n))) for n in RNG.integers(0, 2**62, ROWS)]),
        ("x", [f"person{n}@example.org" for n in range(ROWS)]),
        ("x", list(range(1, ROWS + 1))),
        ("x", list(range(ROWS, 0, -1))),
        ("x", [10**9 + int(n) for n in RNG.choice(10**9, ROWS, replace=False)]),
        ("applicant_id", [int(n) for n in RNG.integers(0, 120, ROWS)]),  # several rows an applicant
        ("caseID", list(range(24))),
        ("studentid", list(range(24))),
        ("Unnamed: 0", list(range(24))),
        ("id", [f"a{n}" for n in range(24)]),
    ],
)
def test_identifier(name: str, cells: list[object]) -> None:
    assert one(pandas.Series(cells), name).kind is Kind.IDENTIFIER


@pytest.mark.parametrize(
    ("kind", "name", "cells"),
    [
        (Kind.NUMERIC, "measure", RNG.normal(size=ROWS)),
        (Kind.NUMERIC, "id", RNG.normal(size=ROWS)),  # decimals are never an id
        (Kind.NUMERIC, "salary", RNG.choice(10**6, ROWS, replace=False)),
        (Kind.NUMERIC, "age", list(range(24))),
        (Kind.NUMERIC, "paid", list(range(24))),
        (Kind.CATEGORICAL, "name", [f"Name{n}" for n in range(24)]),
        (Kind.CATEGORICAL, "dept_id", RNG.integers(0, 5, ROWS)),
        (Kind.CATEGORICAL, "company", [f"C{n}" for n in RNG.integers(0, 150, ROWS)]),
        (Kind.DATE, "start", DAYS.strftime("%Y-%m-%d")),
    ],
)
def test_not_an_identifier(kind: Kind, name: str, cells: object) -> None:
    assert one(pandas.Series(cells), name).kind is kind


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (Kind.TEXT, [f"I worked there for {n} years and liked it" for n in range(ROWS)]),
        (Kind.TEXT, ["我在公司工作了很多年我喜欢我的工作" * 3 + str(n) for n in range(ROWS)]),
        (Kind.TEXT, [f"Short note number {n}, with some more words in it" for n in range(12)]),
        (Kind.CATEGORICAL, ["I strongly agree with all of this", "I do not agree at all"] * 100),
        (Kind.IDENTIFIER, [f"{n:064x}" for n in range(ROWS)]),  # long, but no words
    ],
)
def test_text(kind: Kind, cells: list[str]) -> None:
    assert one(pandas.Series(cells)).kind is kind


def test_day_or_month_first_is_told_when_both_fit() -> None:
    assert "month first fits as well" in one(series(["01/02/2020", "03/04/2020"])).why
    assert "month first" not in one(series(["01/02/2020", "13/04/2020"])).why


@pytest.mark.skipif(
    int(pandas.__version__.split(".")[0]) < 3, reason="pandas 2 has no dates after 2262"
)
@pytest.mark.parametrize("dtype", ["text", "objects"])
def test_dates_far_away(dtype: str) -> None:
    dates = [datetime.date(9999, 12, 31), datetime.date(1, 1, 1), JAN]
    cells = series([day.isoformat() for day in dates] if dtype == "text" else dates)
    assert one(cells).kind is Kind.DATE
    assert values(cells, Kind.DATE).tolist() == [2932896, -719162, 18262]


def test_tokens_are_named_and_made_safe() -> None:
    column = one(series([*map(str, range(0, 500, 5)), "\x1b[31m?"]))
    assert column.kind is Kind.NUMERIC
    assert column.why == ("numbers written as text; 1 cell such as '\\x1b[31m?' read as missing")


def test_no_such_column_and_twice_the_same() -> None:
    frame = pandas.DataFrame([[1, 2, 3]], columns=["age", "city", "city"])
    with pytest.raises(SchemaError, match=r"no column 'agee' in the data \(did you mean 'age'\?\)"):
        describe(frame, ["agee"])
    with pytest.raises(DataError, match="'city' occurs more than once"):
        describe(frame, ["city"])


TEXTS = st.text(alphabet="ab \t\n\x0b\x1c\x1f\x85\xa0\u3000\u2028é日", max_size=6)


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=12))
def test_texts_are_counted_the_same_in_arrow_and_in_python(cells: list[str | None]) -> None:
    """Blank texts are empty cells; lengths and words are those of str: len, split."""
    in_arrow, in_python = (Cells(pandas.Series(cells, dtype=kind)) for kind in ("str", object))
    assert in_arrow.texts == in_python.texts
    assert in_arrow.codes.tolist() == in_python.codes.tolist()
    assert in_arrow.texts == list(dict.fromkeys(cell for cell in cells if cell and cell.strip()))
    for found in (in_arrow, in_python):
        assert lengths(found.written).tolist() == [len(text) for text in found.texts]
        assert words(found.written).tolist() == [len(text.split()) for text in found.texts]
        assert is_ascii(found.written) == all(map(str.isascii, found.texts))


SHAPED = st.text(alphabet="07-a\n \u0663", max_size=4)  # with a digit that is not of ASCII


@given(st.lists(SHAPED, max_size=6))
@example(["07", "7\n"])
@example(["07", "\u0663"])
def test_shapes_fit_the_same_in_arrow_and_in_python(texts: list[str]) -> None:
    """Whole texts, and digits of ASCII alone: the laws of re.fullmatch with re.ASCII."""
    pattern = r"[+-]?\d+(?:-\d\d?)?"
    expected = all(re.fullmatch(pattern, text, re.ASCII) for text in texts)
    assert all_match(texts, pattern) == expected
    assert all_match(pyarrow.array(texts, pyarrow.large_string()), pattern) == expected


DECIMALS = st.builds(lambda whole, digits: whole / 10**digits, st.integers(-(10**7), 10**7),
                     st.integers(0, 6))  # fmt: skip
NUMBERS = st.one_of(
    st.lists(DECIMALS, max_size=200),
    st.lists(st.floats(allow_nan=False), max_size=60),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60),
    st.lists(st.integers(-9, 9), max_size=60),
)


@given(NUMBERS)
@example([0.1, 0.1 + 2**-56, 0.1])  # no decimal, and next to one
@example([1e308, -1e308, float("inf"), 0.5])
@example([-(2**63), 2**63 - 1, 0])
@example([-0.0, 0.0, 1.0])
def test_different_numbers_are_those_of_numpy(numbers: list[float]) -> None:
    """Oracle: numpy.unique. Each number comes back to the last bit."""
    cells = np.array(numbers)
    values, codes = different(cells)
    expected, place = np.unique(cells, return_inverse=True)
    assert values.tolist() == expected.tolist()
    assert codes.tolist() == place.tolist()
    assert values[codes].tolist() == cells.tolist()


@pytest.mark.parametrize("kind", [np.float32, np.int8, np.uint64, np.float64])
def test_numbers_of_every_width_are_told_apart(kind: type) -> None:
    cells = np.array([3, 1, 2, 3, 1], dtype=kind) / kind(4) if kind is np.float32 else np.array(
        [3, 1, 2, 3, 1], dtype=kind)  # fmt: skip
    values, codes = different(cells)
    assert values.tolist() == sorted(set(cells.tolist()))
    assert codes.tolist() == [2, 0, 1, 2, 0]


CELLS = st.one_of(
    st.none(), st.integers(-5, 5), st.text(max_size=4), st.booleans(), st.floats(), st.dates()
)


@untraced()
@settings(max_examples=100, deadline=None)
@example([0, 1, False], random.Random(1))
@example([1, 1.0, True, "1"], random.Random(2))
@given(st.lists(CELLS, max_size=60), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(cells: list[object], chance: random.Random) -> None:
    there = pandas.Series(cells, dtype=object)
    order = list(range(len(cells)))
    chance.shuffle(order)
    back = there.iloc[order].reset_index(drop=True)
    found = one(there)
    assert found == one(back)
    first, second = values(there, found.kind)[order], values(back, found.kind)
    if first.dtype == np.float64:
        np.testing.assert_array_equal(first, second)
    else:
        assert [cell is None for cell in first] == [cell is None for cell in second]


@pytest.mark.skipif(not DATA.exists(), reason=f"needs the shared data beside the checkout: {DATA}")
def test_real_tables() -> None:
    kinds = {
        "adult_test.csv.gz": {"age": "numeric", "fnlwgt": "numeric", "workclass": "categorical"},
        "recruitment_utrecht.csv": {"Id": "identifier", "debate_club": "boolean", "age": "numeric"},
        "resume_audit.csv": {
            "job_ad_id": "identifier",
            "honors": "boolean",
            "firstname": "categorical",
        },
        "compas_two_years.csv.gz": {"id": "identifier", "type_of_assessment": "constant"},
        "titanic.csv": {"age": "numeric", "survived": "boolean"},
    }
    for file, expected in kinds.items():
        frame = pandas.read_csv(DATA / file)
        found = describe(frame, list(expected))
        assert {name: str(column.kind) for name, column in found.items()} == expected


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, auditkit.columns, auditkit.trainer\n"
        "print(sorted({'pandas', 'sklearn', 'scipy', 'pyarrow'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
