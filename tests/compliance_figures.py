"""Published figures of adverse-impact analysis, typed in with their sources.

Used twice: through the Python API, and through the command line on a typed-in counts file. Where a
source was not read again, "as given" says that the figure is that of the specification of this
project, which names the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Counts = Mapping[Any, tuple[int, int]]


@dataclass(frozen=True)
class Figure:
    """Counts from a source, and what is to come out for some of the groups."""

    id: str
    source: str
    groups: Counts
    expected: Mapping[Any, Mapping[str, Any]]
    reference: str | None = None
    unfavorable: bool = False
    strata: Mapping[str, Counts] = field(default_factory=dict)


# Numbers in `expected` are compared within half of their last digit, as they are printed.
FIGURES = [
    Figure(
        "float trap",
        "arithmetic: 16/25 = .64 = 4/5 of 36/45 = .80; floats give .7999999999999999",
        {"a": (16, 25), "b": (36, 45)},
        {"a": {"impact_ratio": 0.8, "below_four_fifths": False, "shortfall_to_four_fifths": 0}},
    ),
    Figure(
        "one below the float trap",
        "arithmetic: 15/25 = .60 = .75 of .80; one more reaches .80",
        {"a": (15, 25), "b": (36, 45)},
        {"a": {"impact_ratio": 0.75, "below_four_fifths": True, "shortfall_to_four_fifths": 1}},
    ),
    Figure(
        "waisome",
        "Waisome v. Port Authority, 948 F.2d 1370 (2d Cir. 1991): 50 of 64 and 455 of 508 passed, "
        "as given; a digest of the opinion has the 64 candidates and the 87.23 %",
        {"Black": (50, 64), "White": (455, 508)},
        {
            "Black": {
                "rate": 0.7813,
                "reference_rate": 0.8957,
                "impact_ratio": 0.8723,
                "below_four_fifths": False,
                "sd_pooled": 2.68,
                "sd_hypergeometric": 2.68,
                "significant": True,
                "extra_selections_significance": 2,
                "extra_selections_to_change": 2,
                "conclusion": "C",
            }
        },
    ),
    Figure(
        "waisome, two more",
        "the court's point, as given: with two more Black candidates passing the gap is not "
        "significant; 1.976 SD, p = .048, Fisher .059: the three tests disagree",
        {"Black": (52, 64), "White": (455, 508)},
        {
            "Black": {
                "sd_pooled": 1.976,
                "p_pooled": 0.048,
                "fisher_p": 0.059,
                "significant": False,
                "conclusion": "D",
            }
        },
    ),
    Figure(
        "teal, the examination",
        "Connecticut v. Teal, 457 U.S. 440 (1982): 26 of 48 Black, 206 of 259 White candidates, as "
        "counsel told the Court (transcript); 54.17 %, 79.54 %, 68 % of the rate",
        {"Black": (26, 48), "White": (206, 259)},
        {
            "Black": {
                "rate": 0.5417,
                "reference_rate": 0.7954,
                "impact_ratio": 0.68,
                "below_four_fifths": True,
                "conclusion": "A",
            }
        },
    ),
    Figure(
        "teal, the bottom line",
        "the same: 11 of 48 Black (22.9 %) and 35 of 259 White candidates (13.5 %) were promoted "
        "(digest of the opinion); about 170 %, as given",
        {"Black": (11, 48), "White": (35, 259)},
        {
            "Black": {"rate": 0.229, "reference_rate": 0.135, "impact_ratio": 1.696},
        },
        reference="White",
    ),
    Figure(
        "ricci, captain",
        "Ricci v. DeStefano, 557 U.S. 557 (2009): 16 of 25 White, 3 of 8 Black, 3 of 8 Hispanic "
        "passed (the opinion, as quoted); 64 % and 37.5 %",
        {"White": (16, 25), "Black": (3, 8), "Hispanic": (3, 8)},
        {
            "Black": {"rate": 0.375, "reference_rate": 0.64, "impact_ratio": 0.59},
            "Hispanic": {"rate": 0.375, "impact_ratio": 0.59, "test": "fisher exact"},
        },
    ),
    Figure(
        "ricci, lieutenant",
        "the same, as quoted: 25 of 43 White, 6 of 19 Black, 3 of 15 Hispanic; 58.1, 31.6 and 20 %",
        {"White": (25, 43), "Black": (6, 19), "Hispanic": (3, 15)},
        {
            "Black": {"rate": 0.316, "reference_rate": 0.581, "impact_ratio": 0.54},
            "Hispanic": {"rate": 0.2, "impact_ratio": 0.34},
        },
    ),
    Figure(
        "ricci, both examinations",
        "shared data, ricci_promotions: 41 of 68 and 15 of 50; ratio .498, Fisher p = .0015",
        {"White": (41, 68), "other": (15, 50)},
        {"other": {"impact_ratio": 0.498, "fisher_p": 0.0015, "conclusion": "A"}},
    ),
    Figure(
        "uniform guidelines, question 11",
        "44 FR 11996 (1979): rates 60, 45, 48, 51 %; ratios .75, .80, .85; only the American "
        "Indians are below (100 applicants each: the question states rates)",
        {
            "White": (60, 100),
            "American Indian": (45, 100),
            "Hispanic": (48, 100),
            "Black": (51, 100),
        },
        {
            "American Indian": {"impact_ratio": 0.75, "below_four_fifths": True},
            "Hispanic": {"impact_ratio": 0.80, "below_four_fifths": False},
            "Black": {"impact_ratio": 0.85, "below_four_fifths": False},
        },
    ),
    Figure(
        "uniform guidelines, question 21",
        "44 FR 11996 (1979), as given: three of 20 men and one of 10 women; 15 and 10 %, 66 2/3 %; "
        "one different selection reverses it",
        {"men": (3, 20), "women": (1, 10)},
        {
            "women": {
                "impact_ratio": 0.6667,
                "below_four_fifths": True,
                "flip_one_person": True,
                "too_few": True,
                "conclusion": "B",
            }
        },
    ),
    Figure(
        "rosen and jerdee",
        "J. Applied Psychology 59 (1974): 14 of 24 and 21 of 24 promoted; Fisher two-sided .0490, "
        "chi-square without correction .0230",
        {"female": (14, 24), "male": (21, 24)},
        {"female": {"impact_ratio": 0.667, "fisher_p": 0.0490, "p_pooled": 0.0230}},
    ),
    Figure(
        "mortgages, counted as denials",
        "Boston HMDA data as in Stock and Watson, as given: 96 of 339 and 189 of 2041 denied; the "
        "ratio of denials is 3.06, that of approvals .79",
        {"Black": (96, 339), "White": (189, 2041)},
        {"Black": {"impact_ratio": 0.79, "below_four_fifths": True}},
        unfavorable=True,
    ),
    Figure(
        "mortgages, denials taken for selections",
        "the same: what comes out where nobody says that a denial is a harm",
        {"Black": (96, 339), "White": (189, 2041)},
        {"Black": {"impact_ratio": 3.06, "below_four_fifths": False}},
        reference="White",
    ),
]

# 6 RCNY 5-301(b), example of the rule (a tool that screens resumes): rates in per cent and ratios
# as printed there; read in a transcription of the notice of adoption. The margins of the
# intersectional table give the table by sex exactly, and that by race but for one row: Hispanic or
# Latino is 408/204 in one and 205 + 190 / 90 + 82 = 395/172 in the other.
LL144_SEX = {"Male": (1390, 667, 48, 1.00), "Female": (1181, 555, 47, 0.979)}
LL144_RACE = {
    "Hispanic or Latino": (408, 204, 50, 0.97),
    "White": (797, 412, 52, 1.00),
    "Black or African American": (390, 170, 44, 0.84),
    "Native Hawaiian or Pacific Islander": (119, 52, 44, 0.85),
    "Asian": (616, 302, 49, 0.95),
    "Native American or Alaska Native": (41, 18, 44, 0.85),
    "Two or More Races": (213, 96, 45, 0.87),
}
LL144_CROSSED = {
    ("Male", "Hispanic or Latino"): (205, 90, 43.9, 0.841),
    ("Female", "Hispanic or Latino"): (190, 82, 43.2, 0.827),
    ("Male", "White"): (412, 215, 52.2, 1.000),
    ("Male", "Black or African American"): (226, 95, 42.0, 0.806),
    ("Male", "Native Hawaiian or Pacific Islander"): (87, 37, 42.5, 0.815),
    ("Male", "Asian"): (321, 167, 52.0, 0.997),
    ("Male", "Native American or Alaska Native"): (24, 11, 45.8, 0.878),
    ("Male", "Two or More Races"): (115, 52, 45.2, 0.866),
    ("Female", "White"): (385, 197, 51.2, 0.981),
    ("Female", "Black or African American"): (164, 75, 45.7, 0.876),
    ("Female", "Native Hawaiian or Pacific Islander"): (32, 15, 46.9, 0.898),
    ("Female", "Asian"): (295, 135, 45.8, 0.877),
    ("Female", "Native American or Alaska Native"): (17, 7, 41.2, 0.789),
    ("Female", "Two or More Races"): (98, 44, 44.9, 0.860),
}
LL144_UNKNOWN = 250  # "250 individuals with an unknown sex or race/ethnicity category"

# 6 RCNY 5-301(c) and (d), example of the rule (a tool that scores "culture fit"), read in the same
# place. The rule prints n, rate and ratio; how many were above the median is n times the rate, the
# only whole number that gives it: 50 / 92 = 54.3 %. (18 / 28 = 64.29 % is printed as 64.2, cut.)
# All three tables have the same margins: 168 persons, 84 above.
LL144_SCORED_SEX = {"Male": (92, 50, 54.3, 1.00), "Female": (76, 34, 44.7, 0.82)}
LL144_SCORED_RACE = {
    "Hispanic or Latino": (28, 18, 64.2, 1.00),
    "White": (40, 15, 37.5, 0.58),
    "Black or African American": (32, 16, 50.0, 0.78),
    "Native Hawaiian or Pacific Islander": (8, 5, 62.5, 0.97),
    "Asian": (24, 10, 41.7, 0.65),
    "Native American or Alaska Native": (16, 10, 62.5, 0.97),
    "Two or More Races": (20, 10, 50.0, 0.78),
}
LL144_SCORED_CROSSED = {
    ("Male", "Hispanic or Latino"): (16, 12, 75.0, 1.00),
    ("Female", "Hispanic or Latino"): (12, 6, 50.0, 0.67),
    ("Male", "White"): (20, 7, 35.0, 0.47),
    ("Male", "Black or African American"): (20, 10, 50.0, 0.67),
    ("Male", "Native Hawaiian or Pacific Islander"): (4, 3, 75.0, 1.00),
    ("Male", "Asian"): (12, 7, 58.3, 0.78),
    ("Male", "Native American or Alaska Native"): (8, 5, 62.5, 0.83),
    ("Male", "Two or More Races"): (12, 6, 50.0, 0.67),
    ("Female", "White"): (20, 8, 40.0, 0.53),
    ("Female", "Black or African American"): (12, 6, 50.0, 0.67),
    ("Female", "Native Hawaiian or Pacific Islander"): (4, 2, 50.0, 0.67),
    ("Female", "Asian"): (12, 3, 25.0, 0.33),
    ("Female", "Native American or Alaska Native"): (8, 5, 62.5, 0.83),
    ("Female", "Two or More Races"): (8, 4, 50.0, 0.67),
}
LL144_SCORED_UNKNOWN = 15  # "15 individuals with an unknown sex or race/ethnicity category"

LL144_TABLES: dict[str, Mapping[Any, tuple[int, int, float, float]]] = {
    "selection by sex": LL144_SEX,
    "selection by race": LL144_RACE,
    "selection crossed": LL144_CROSSED,
    "scoring by sex": LL144_SCORED_SEX,
    "scoring by race": LL144_SCORED_RACE,
    "scoring crossed": LL144_SCORED_CROSSED,
}

# R's UCBAdmissions; Bickel, Hammel, O'Connell, Science 187 (1975). Department -> women, men.
BERKELEY = {
    "A": {"Female": (89, 108), "Male": (512, 825)},
    "B": {"Female": (17, 25), "Male": (353, 560)},
    "C": {"Female": (202, 593), "Male": (120, 325)},
    "D": {"Female": (131, 375), "Male": (138, 417)},
    "E": {"Female": (94, 393), "Male": (53, 191)},
    "F": {"Female": (24, 341), "Male": (22, 373)},
}
# R: mantelhaen.test(UCBAdmissions, correct = FALSE)$statistic is 1.5246, with correction 1.4269.
BERKELEY_CMH, BERKELEY_CMH_CORRECTED = 1.5246, 1.4269
BERKELEY_SD, BERKELEY_POOLED_SD = -1.23, 9.60

# (selected, n) of two groups -> standard deviations, two-sided p, as printed. The counts were
# searched for, so that the pooled two-proportion z is the round number to five places.
DEVIATIONS = {
    ((94, 250), (49, 100)): (1.96, 0.05),
    ((32, 100), (88, 200)): (2.0, 0.0455),
    ((99, 400), (163, 500)): (2.576, 0.01),
    ((28, 100), (92, 200)): (3.0, 0.0027),
}


@dataclass(frozen=True)
class Share:
    """A group's share of persons against a benchmark, and what a court said of it."""

    id: str
    source: str
    observed: int
    n: int
    per_cent: float
    expected: int
    z: float
    log10_tail: float | None = None  # exact: sums of whole numbers, by hand in Python
    log10_said: int | None = None  # "less than 1 in 10 to the ..."


# Counts and shares as given in the specification; the notes of the opinions were not read again.
CASTANEDA = "Castaneda v. Partida, 430 U.S. 482 (1977), n. 17"
HAZELWOOD = "Hazelwood School District v. United States, 433 U.S. 299 (1977), nn. 14 and 17"
BENCHMARKS = [
    Share("castaneda, 11 years", CASTANEDA, 339, 870, 79.1, 688, -29.1, -144.379, -140),
    Share("castaneda, 2 1/2 years", CASTANEDA, 100, 220, 79.1, 174, -12.3, -27.095, -25),
    Share("hazelwood, county and city 1972", HAZELWOOD, 10, 282, 15.4, 43, -5.5),
    Share("hazelwood, county and city 1973", HAZELWOOD, 5, 123, 15.4, 19, -3.5),
    Share("hazelwood, county alone, both", HAZELWOOD, 15, 405, 5.7, 23, -1.7),
    Share("hazelwood, county and city, both", HAZELWOOD, 15, 405, 15.4, 62, -6.5),
]

# Connecticut v. Teal: race -> (took the examination, passed it, promoted). Read in the transcript
# of the argument (48 and 259, 26 and 206) and in a digest of the opinion (46 promoted: 11, 35).
TEAL = {"Black": (48, 26, 11), "White": (259, 206, 35)}
