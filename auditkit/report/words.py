"""The fixed words of a report, in one place so that they can be checked and translated.

Nothing here says "fair", "compliant" or gives a score: a report states numbers and what they
do not show.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "DISCLAIMER",
    "EVIDENCE",
    "FINDING_KINDS",
    "GLOSSARY",
    "LEVELS",
    "LIMITS",
    "MEASURES",
    "METHOD",
    "METHOD_NAMES",
    "STAGES",
    "TABLE_WORDS",
    "Level",
    "Stage",
]

DISCLAIMER = (
    "Statistical output. Not legal advice and not a finding of discrimination or compliance."
)


class Level(NamedTuple):
    """How a level of finding is said: its word, one, many, the heading and what it means."""

    word: str
    one: str
    many: str
    heading: str
    meaning: str


LEVELS = MappingProxyType(
    {
        "flag": Level(
            "Flag",
            "flag",
            "flags",
            "Flagged",
            "A difference that crosses a line of the policy and is more than chance would "
            "easily give. Each needs an explanation or a remedy.",
        ),
        "inconclusive": Level(
            "Undecided",
            "could not be decided",
            "could not be decided",
            "Could not be decided",
            "Too few people, or nothing to divide by. This is not a pass: the data cannot tell.",
        ),
        "note": Level(
            "Note",
            "note",
            "notes",
            "Notes",
            "Worth knowing when the other numbers are read.",
        ),
        "pass": Level(
            "Pass",
            "pass",
            "passes",
            "Passed",
            "Enough data to see a difference as large as the policy's line, and none crossed it. "
            "A pass is about one question in these data, not about the whole process.",
        ),
    }
)
"""Level → words, in the order of the page."""


class Stage(NamedTuple):
    """How a stage is said."""

    title: str
    short: str
    meaning: str


STAGES = MappingProxyType(
    {
        "label": Stage(
            "Outcomes in the data",
            "recorded outcome",
            "What the label column says happened to people. No model is involved.",
        ),
        "decision": Stage(
            "The recorded decisions",
            "recorded decision",
            "The decisions in the prediction column that came with the data, set against the "
            "label where there is one.",
        ),
        "model": Stage(
            "The baseline model",
            "baseline model",
            "What a plain model learns from these data and would decide. Each person is decided "
            "by a model that was fitted without them (cross-fitting). It stands for what training "
            "on these data does; it is not a model to use.",
        ),
    }
)
"""Stage → words."""

FINDING_KINDS = MappingProxyType(
    {
        "representation": "Who is in the data",
        "outcome-gap": "Outcomes",
        "stage-gap": "Stages of a process",
        "decision-gap": "Decisions",
        "model-gap": "Baseline model",
        "error-gap": "Errors",
        "cause": "Where a gap comes from",
        "remedy": "What would help",
        "proxy": "Proxy",
        "missingness": "Missing values",
        "leakage": "Leakage",
        "small-group": "Small group",
        "simpson": "Gap changes within strata",
        "subgroup": "Subgroup",
        "feature-quality": "Features",
        "label-quality": "Labels",
        "duplicates": "Duplicates",
        "group-spelling": "Spelling of groups",
        "not-identified": "Cannot be told from the data",
    }
)
"""Kind of finding → words."""

EVIDENCE = MappingProxyType(
    {
        "metric": "Rate",
        "p_value": "p",
        "p_adjusted": "p, corrected",
        "homogeneity_p": "p, strata alike",
        "pooled_p": "p, pooled",
        "pooled_p_adjusted": "p, pooled, corrected",
        "pooled": "Odds ratio, pooled",
        "adjusted": "Odds ratio, within strata",
        "rest": "Everyone else",
        "n": "People",
        "threshold": "Line",
        "rule": "Rule",
        "auc": "AUC",
        "auc_low": "AUC, lower end",
        "auc_high": "AUC, upper end",
        "brier": "Brier score",
        "missing_n": "Missing, people",
        "missing_rate": "Where it is missing",
        "known_rate": "Where it is known",
        "expected_source": "Source",
        "min_group": "Smallest group judged",
    }
)
"""Name of a piece of evidence → words, where the name itself does not read well."""

METHOD_NAMES = MappingProxyType(
    {
        "wilson": "Wilson score interval",
        "wilson, effective n": "Wilson score interval with the effective size under weights",
        "newcombe": "Newcombe's interval for a difference",
        "katz": "Katz's log interval for a ratio",
        "koopman": "Koopman's score interval for a ratio",
        "mantel-haenszel": "Mantel-Haenszel odds ratio",
        "breslow-day with tarone correction": "Breslow-Day test with Tarone's correction",
        "fisher exact": "Fisher's exact test",
        "pooled z": "two-proportion z test, pooled",
        "pooled z, effective n": "two-proportion z test, pooled, with the effective sizes",
    }
)
"""Method as it stands in a record → words; one that is not here is printed as it stands."""

MEASURES = MappingProxyType(
    {
        "cramers_v_corrected": "Cramér's V, corrected for bias",
        "auc": "area under the ROC curve",
        "odds_ratio": "odds ratio",
    }
)
"""Measure of strength → words."""

METHOD = (
    (
        "Rates",
        "Each rate is a count divided by a count, both printed. Nothing is rounded before the "
        "last step. Its interval covers what chance alone could have made of the same process; "
        "it does not cover errors in the data.",
    ),
    (
        "Differences",
        "Group minus reference, in percentage points, with its sign. The reference is the group "
        "named in the request or, when none was named, the one with the most favourable rate "
        "among the groups that are large enough. It is a yardstick, not an ideal.",
    ),
    (
        "Ratios",
        "Group divided by reference. 1 is equality. The axis of a ratio is logarithmic, so that "
        "half and double lie equally far from 1.",
    ),
    (
        "Tests",
        "A p-value says how often a difference at least as large would appear if the groups "
        "shared one rate. The adjusted p-value allows for the number of comparisons made. Both "
        "are printed. Exact tests are used where counts are small.",
    ),
    (
        "Not computable",
        "What cannot be computed is printed as “not computable” with the reason, and is never "
        "counted as a pass.",
    ),
    (
        "Missing values",
        "People whose group is not recorded are a group of their own, (missing) in italics. They "
        "are not dropped and not merged with another group.",
    ),
)
"""How the numbers are made: (what, how)."""

LIMITS = (
    "A difference between groups does not say why it exists. It may come from the decisions, from "
    "what came before them, or from who is in the data.",
    "No difference in these data does not show that the process treats everybody alike: what was "
    "not recorded cannot be seen.",
    "Groups are as the data name them. The categories may not be those people would choose, and "
    "people in one group differ.",
    "With many comparisons some will look unusual by chance; with few people a real difference "
    "can stay unseen.",
    "Labels are taken as recorded. When the recorded outcome is itself the result of unequal "
    "treatment, error rates measured against it inherit that.",
)
"""What no number in the report can show."""

TABLE_WORDS = MappingProxyType(
    {
        "filter": "Filter rows",
        "rows": "{n} of {all} rows",
        "under": "Part of the table",
        "all": "All",
        "copy": "Copy as CSV",
        "copied": "Copied",
        "select": "Copy the selected text",
        "narrow": "Show only some findings",
        "attribute": "Attribute",
        "metric": "Rate",
        "status": "Status",
        "findings": "{n} of {all} findings are shown",
    }
)
"""What the page's script says at tables."""

GLOSSARY = (
    ("Protected attribute", "A characteristic such as gender or age, by which people are grouped."),
    ("Crossed groups", "Groups by two or more attributes at once, such as Female × Black."),
    ("Label", "The recorded outcome that a model would learn to predict."),
    ("Base rate", "The share of a group that has the positive label in the data."),
    ("Selection rate", "The share of a group that a decision or a model selects."),
    (
        "True positive rate",
        "Of those whose label is positive, the share that is selected.",
    ),
    (
        "False positive rate",
        "Of those whose label is negative, the share that is selected all the same.",
    ),
    (
        "False negative rate",
        "Of those whose label is positive, the share that is passed over.",
    ),
    (
        "Positive predictive value",
        "Of those selected, the share whose label is positive. Also called precision.",
    ),
    (
        "95% interval",
        "A range made so that, over many audits like this one, 95 in 100 such ranges hold the "
        "true value. A wide one means that there is little information.",
    ),
    (
        "Four-fifths line",
        "A rule of thumb from US selection guidelines: a ratio of selection rates below 0.8 is "
        "looked at more closely. It is not a limit of legality in either direction.",
    ),
    (
        "Proxy",
        "A column from which a protected attribute can be guessed, such as a name or a postcode. "
        "A model can use it in the attribute's place.",
    ),
    (
        "Leakage",
        "A column that repeats the outcome, often because it was written down after it. It makes "
        "a model look better than it can be.",
    ),
    (
        "Stratum",
        "A set of people compared only with each other, such as applicants to one department.",
    ),
    (
        "Cross-fitting",
        "Fitting a model several times, each time on a part of the data, and using it only for "
        "people it has not seen.",
    ),
    (
        "Flag, undecided, note, pass",
        "The four levels of a finding; not one of them is a verdict on the whole.",
    ),
)
"""Word → meaning, for a reader who is not a statistician."""
