"""Make ``hiring.csv``: synthetic past hiring decisions with known faults planted in them.

Every person is made up. The same seed and the same number of rows give the same bytes::

    python sample_data/make_hiring.py                    # writes hiring.csv beside this file
    python sample_data/make_hiring.py --seed 7 -o -      # another draw, to standard output

What is planted, and the numbers that came out of it, are in ``README.md`` beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = NDArray[np.str_]

SEED = 20260152
ROWS = 6000
MIN_ROWS = 100

# Who applies: shares of all applicants. Gender, race and age are drawn independently.
WOMEN = 0.205
NON_BINARY_PEOPLE = 14  # a head count, not a share: too few to judge
RACES = {"White": 0.58, "Black": 0.18, "Asian": 0.08, "Hispanic": 0.16}
AGES = (20, 64)
AREAS = dict.fromkeys(("N1", "N2", "E1", "E2", "S1", "S2", "W1", "W2"), 0.125)
FIRST_DAY, DAYS = np.datetime64("2023-01-02"), 730

# Where they apply: the mix differs mildly between women and men.
DEPARTMENTS_MEN = {
    "Engineering": 0.30,
    "Sales": 0.24,
    "Operations": 0.22,
    "Finance": 0.14,
    "Support": 0.10,
}
DEPARTMENTS_WOMEN = {
    "Engineering": 0.24,
    "Sales": 0.24,
    "Operations": 0.22,
    "Finance": 0.17,
    "Support": 0.13,
}

# What they bring: the same for every group.
EDUCATION = {
    "High school": 0.22,
    "Associate": 0.18,
    "Bachelor": 0.40,
    "Master": 0.16,
    "Doctorate": 0.04,
}
REFERRED = 0.15
SKILLS_MISSING = 0.04

# The proxy: membership follows gender, and nothing else.
SOCIETIES_MEN = {
    "no society": 0.40,
    "rugby club": 0.25,
    "chess club": 0.16,
    "running club": 0.175,
    "women's network": 0.005,
    "netball club": 0.01,
}
SOCIETIES_WOMEN = {
    "no society": 0.18,
    "rugby club": 0.01,
    "chess club": 0.05,
    "running club": 0.11,
    "women's network": 0.47,
    "netball club": 0.18,
}

# How the past decision was made, in log-odds. The three penalties are the planted bias.
INTERCEPT = -0.93
PER_SKILLS_SD, PER_INTERVIEW_SD, PER_YEAR, PER_DEGREE = 0.90, 0.60, 0.05, 0.15
FOR_REFERRAL = 0.50
BY_DEPARTMENT = {
    "Engineering": 0.10,
    "Sales": 0.0,
    "Operations": -0.05,
    "Finance": -0.10,
    "Support": 0.05,
}
PENALTY_WOMAN, PENALTY_BLACK, PENALTY_BLACK_WOMAN = -0.75, -0.08, -1.30

# What the record keeps afterwards.
LEAK_DISAGREES = 0.005
RACE_MISSING = {"hired": 0.02, "rejected": 0.09}
GENDER_MISSING = {"hired": 0.01, "rejected": 0.04}


def draw(rng: np.random.Generator, shares: dict[str, float], n: int) -> Texts:
    """Draw `n` values at random, each value with its share.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shares : dict of str to float
        Value to share; the shares add up to 1.
    n : int
        How many to draw.

    Returns
    -------
    ndarray of str
        The values drawn.
    """
    edges = np.cumsum(list(shares.values()))[:-1]
    picked = np.searchsorted(edges, rng.random(n), side="right")
    return np.array(list(shares))[picked]


def draw_people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw gender, race, age and area, independent of one another.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        How many applicants.

    Returns
    -------
    pandas.DataFrame
        Columns ``gender``, ``race``, ``age``, ``postcode_area``.
    """
    gender = np.where(rng.random(n) < WOMEN, "Female", "Male").astype("<U10")
    gender[np.argsort(rng.random(n))[:NON_BINARY_PEOPLE]] = "Non-binary"
    low, high = AGES
    age = low + (high - low + 1) * rng.random(n) ** 1.4  # more young applicants than old
    return pd.DataFrame(
        {
            "gender": gender,
            "race": draw(rng, RACES, n),
            "age": np.floor(age).astype(np.int64),
            "postcode_area": draw(rng, AREAS, n),
        }
    )


def draw_by_gender(
    rng: np.random.Generator, is_woman: Bools, women: dict[str, float], others: dict[str, float]
) -> Texts:
    """Draw one value a person, women from one set of shares and everyone else from another.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    is_woman : ndarray of bool
        One entry a person.
    women, others : dict of str to float
        Value to share, for women and for everyone else.

    Returns
    -------
    ndarray of str
        The values drawn.
    """
    n = len(is_woman)
    return np.where(is_woman, draw(rng, women, n), draw(rng, others, n))


def draw_qualifications(rng: np.random.Generator, age: Ints) -> pd.DataFrame:
    """Draw what each applicant brings, without looking at gender or race.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    age : ndarray of int
        Age in years; nobody has more years of experience than years since 18.

    Returns
    -------
    pandas.DataFrame
        Columns ``education``, ``years_experience``, ``skills_test``, ``interview_score``,
        ``referred``; nothing is missing yet.
    """
    n = len(age)
    ability = rng.standard_normal(n)
    skills = 62 + 9 * ability + 11 * rng.standard_normal(n)
    interview = 6 + 0.8 * ability + 1.1 * rng.standard_normal(n)
    years = np.floor(-4.0 * np.log1p(-rng.random(n)))  # years in this line of work
    return pd.DataFrame(
        {
            "education": draw(rng, EDUCATION, n),
            "years_experience": np.minimum(years, np.minimum(age - 18, 20)).astype(np.int64),
            "skills_test": np.clip(np.round(skills), 0, 100).astype(np.int64),
            "interview_score": np.clip(np.round(interview * 2) / 2, 1, 10),
            "referred": np.where(rng.random(n) < REFERRED, "yes", "no"),
        }
    )


def log_odds(people: pd.DataFrame) -> Floats:
    """Log-odds that the past decision makers hired each applicant.

    Parameters
    ----------
    people : pandas.DataFrame
        Complete rows: people, department and qualifications.

    Returns
    -------
    ndarray of float
        One log-odds a row. Age, area and society do not enter.
    """
    degree = people["education"].map({name: i for i, name in enumerate(EDUCATION)})
    woman, black = people["gender"] == "Female", people["race"] == "Black"
    total = (
        INTERCEPT
        + PER_SKILLS_SD * (people["skills_test"] - 62) / 14.2
        + PER_INTERVIEW_SD * (people["interview_score"] - 6) / 1.36
        + PER_YEAR * (people["years_experience"] - 3.5)
        + PER_DEGREE * (degree - 2)
        + FOR_REFERRAL * (people["referred"] == "yes")
        + people["department"].map(BY_DEPARTMENT)
        + PENALTY_WOMAN * woman
        + PENALTY_BLACK * black
        + PENALTY_BLACK_WOMAN * (woman & black)
    )
    return total.to_numpy(dtype=np.float64)


def blank(
    rng: np.random.Generator, values: pd.Series[str], hired: Bools, rates: dict[str, float]
) -> pd.Series[str]:
    """Empty some cells, at one rate for the hired and another for the rejected.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    values : pandas.Series of str
        The column to thin out.
    hired : ndarray of bool
        The outcome of each row.
    rates : dict of str to float
        Shares to empty, under ``"hired"`` and ``"rejected"``.

    Returns
    -------
    pandas.Series of str
        The column with missing values.
    """
    rate = np.where(hired, rates["hired"], rates["rejected"])
    return values.mask(rng.random(len(values)) < rate)


def draw_paperwork(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw the applicants' ids and dates: in order of arrival, and of no use to a model.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n : int
        How many applicants.

    Returns
    -------
    pandas.DataFrame
        Columns ``applicant_id`` (all different) and ``applied_on`` (ISO dates).
    """
    number = 100_000 + np.cumsum(1 + np.floor(3 * rng.random(n)).astype(np.int64))
    day = np.sort(np.floor(DAYS * rng.random(n)).astype(np.int64))
    return pd.DataFrame(
        {
            "applicant_id": [f"A{i}" for i in number],
            "applied_on": np.datetime_as_string(FIRST_DAY + day.astype("timedelta64[D]")),
        }
    )


def make_hiring(*, rows: int = ROWS, seed: int = SEED) -> pd.DataFrame:
    """Make the table of applicants and past decisions.

    Parameters
    ----------
    rows : int, default 6000
        How many applicants; at least 100.
    seed : int, default 20260152
        Seed of the generator; the same seed and rows give the same table.

    Returns
    -------
    pandas.DataFrame
        One row an applicant, in the order of the columns of ``hiring.csv``.

    Raises
    ------
    ValueError
        If `rows` is below 100 or `seed` is negative.
    """
    if rows < MIN_ROWS:
        raise ValueError(f"rows must be at least {MIN_ROWS}, got {rows}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    rng = np.random.default_rng(seed)
    people = draw_people(rng, rows)
    woman = (people["gender"] == "Female").to_numpy()
    people["department"] = draw_by_gender(rng, woman, DEPARTMENTS_WOMEN, DEPARTMENTS_MEN)
    people["society"] = draw_by_gender(rng, woman, SOCIETIES_WOMEN, SOCIETIES_MEN)
    people = people.join(draw_qualifications(rng, people["age"].to_numpy()))
    hired = rng.random(rows) < 1 / (1 + np.exp(-log_odds(people)))
    return record(rng, people, hired)


def record(rng: np.random.Generator, people: pd.DataFrame, hired: Bools) -> pd.DataFrame:
    """Write the decisions down: the label, the leak, the missing cells, the paperwork.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    people : pandas.DataFrame
        Complete rows, before anything is blanked.
    hired : ndarray of bool
        The outcome of each row.

    Returns
    -------
    pandas.DataFrame
        The table as it is written to the file.
    """
    n = len(people)
    disagrees = np.zeros(n, dtype=np.bool_)
    disagrees[np.argsort(rng.random(n))[: round(LEAK_DISAGREES * n)]] = True
    paperwork = draw_paperwork(rng, n)
    skills = people["skills_test"].astype("Int64").mask(rng.random(n) < SKILLS_MISSING)
    columns = {
        "applicant_id": paperwork["applicant_id"],
        "applied_on": paperwork["applied_on"],
        "gender": blank(rng, people["gender"], hired, GENDER_MISSING),
        "race": blank(rng, people["race"], hired, RACE_MISSING),
        "age": people["age"],
        "department": people["department"],
        "education": people["education"],
        "years_experience": people["years_experience"],
        "skills_test": skills,
        "interview_score": people["interview_score"],
        "referred": people["referred"],
        "society": people["society"],
        "postcode_area": people["postcode_area"],
        "offer_sent": np.where(hired ^ disagrees, "yes", "no"),
        "hired": np.where(hired, "yes", "no"),
    }
    return pd.DataFrame(columns)


def to_csv(table: pd.DataFrame) -> bytes:
    """Write the table as CSV: UTF-8, commas, line feeds, empty cells for missing values.

    Parameters
    ----------
    table : pandas.DataFrame
        What :func:`make_hiring` returned.

    Returns
    -------
    bytes
        The contents of the file.
    """
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the name of the program; taken from ``sys.argv`` when left out.

    Returns
    -------
    int
        Exit code, 0.
    """
    parser = argparse.ArgumentParser(description="Make a synthetic, biased hiring data set.")
    parser.add_argument("--seed", type=int, default=SEED, help="seed (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=ROWS, help="applicants (default: %(default)s)")
    parser.add_argument(
        "-o",
        "--output",
        default=str(Path(__file__).with_name("hiring.csv")),
        help="file to write, or - (default: hiring.csv beside this script)",
    )
    options = parser.parse_args(argv)
    try:
        content = to_csv(make_hiring(rows=options.rows, seed=options.seed))
    except ValueError as error:
        parser.error(str(error))
    if options.output == "-":
        sys.stdout.buffer.write(content)
    else:
        Path(options.output).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
