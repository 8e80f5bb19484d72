"""Record what other libraries say about generated tables: ``python record_peers.py PEER [FOLDER]``.

The numbers are kept in ``PEER.json.gz`` beside this script and ``tests/test_peers.py`` holds
``convention=`` of our metrics against them, so that the tests need none of these libraries (two
of them refuse the pandas that we test with). Each run is repeatable to the byte: tables are drawn
from a fixed seed, numbers are kept to 12 digits and the archive carries no time.

The environments, made with Python 3.11::

    python3.11 -m venv /tmp/peer_aif
    /tmp/peer_aif/bin/pip install aif360==0.6.1
    /tmp/peer_aif/bin/python tests/peers/record_peers.py aif360

    python3.11 -m venv /tmp/peer_old
    /tmp/peer_old/bin/pip install pandas==2.3.3 aequitas==1.1.0 dalex==1.8.0 scikit-learn
    /tmp/peer_old/bin/pip install --no-deps smclarify==0.5 pyfunctional dill tabulate
    /tmp/peer_old/bin/python tests/peers/record_peers.py aequitas
    /tmp/peer_old/bin/python tests/peers/record_peers.py dalex
    /tmp/peer_old/bin/python tests/peers/record_peers.py clarify

``smclarify`` asks for boto3, s3fs and pyarrow to load files from S3; its metrics do not need them.
Warnings of the libraries (0/0, no positive labels) are expected and left out.

A file holds ``peer``, ``made_with`` (versions), ``seed``, ``columns`` (what is said of each table)
and ``tables``. A table is ``[reference, cells, weights, values]``: the position of the reference
group; for each group the rows of (label, decision) = (0, 0), (0, 1), (1, 0), (1, 1); the weight of
a row of each cell, or null; and the values. NaN is null, infinity the text ``"inf"``.
"""

from __future__ import annotations

import gzip
import json
import logging
import math
import platform
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TABLES = 3000
SEEDS = {"aif360": 360, "aequitas": 110, "dalex": 180, "clarify": 50}
NAMES = "abcde"
RATES = (0.0, 0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0)

Table = tuple[int, np.ndarray[Any, Any], "np.ndarray[Any, Any] | None"]


def tables(seed: int, weighted: bool) -> Iterator[Table]:
    """Yield (reference, cells, weights): small tables with many zeros, and larger ones."""
    rng = np.random.default_rng(seed)
    made = 0
    while made < TABLES:
        groups = int(rng.choice([2, 3, 4, 5], p=[0.45, 0.25, 0.15, 0.15]))
        top = int(rng.choice([4, 12, 40, 150]))
        cells = np.zeros((groups, 4), dtype=int)
        for group in range(groups):
            size = int(rng.integers(1, top + 1))
            base, hit, alarm = rng.choice(RATES, 3)
            positives = rng.binomial(size, base)
            taken = rng.binomial(positives, hit)
            wrong = rng.binomial(size - positives, alarm)
            cells[group] = size - positives - wrong, wrong, positives - taken, taken
        if rng.random() < 0.05:  # nobody is selected
            cells[:, 0] += cells[:, 1]
            cells[:, 2] += cells[:, 3]
            cells[:, 1] = cells[:, 3] = 0
        reference = int(rng.integers(groups))
        weights = None
        if weighted and rng.random() < 0.25:
            weights = np.round(rng.uniform(0.2, 3.0, (groups, 4)), 2)
        labels = cells[:, :2].sum(), cells[:, 2:].sum()
        if min(labels) > 0:  # one peer refuses a table with a single label
            made += 1
            yield reference, cells, weights


def rows(table: Table) -> tuple[Any, Any, Any, Any]:
    """Return group, label, decision and weight, a row a person."""
    _, cells, weights = table
    group = np.repeat(np.array(list(NAMES[: len(cells)])), cells.sum(axis=1))
    flat = cells.ravel()
    label = np.repeat(np.tile([0, 0, 1, 1], len(cells)), flat)
    decision = np.repeat(np.tile([0, 1, 0, 1], len(cells)), flat)
    weight = np.repeat(np.ones(len(flat)) if weights is None else weights.ravel(), flat)
    return group, label, decision, weight


# ---- the peers --------------------------------------------------------------------------------


AIF_LEGACY = [
    "statistical_parity_difference",
    "disparate_impact",
    "true_positive_rate_difference",
    "false_positive_rate_difference",
    "false_negative_rate_difference",
    "false_omission_rate_difference",
    "false_discovery_rate_difference",
    "false_positive_rate_ratio",
    "false_negative_rate_ratio",
    "false_omission_rate_ratio",
    "false_discovery_rate_ratio",
    "average_odds_difference",
    "average_abs_odds_difference",
    "average_predictive_value_difference",
    "equalized_odds_difference",
    "error_rate_difference",
    "error_rate_ratio",
    "differential_fairness_bias_amplification",
]
AIF_RATES = [
    "true_positive_rate",
    "true_negative_rate",
    "positive_predictive_value",
    "negative_predictive_value",
    "accuracy",
]
AIF_LABELS = ["mean_difference", "disparate_impact", "smoothed_empirical_differential_fairness"]
AIF_SKLEARN = [
    "statistical_parity_difference",
    "disparate_impact_ratio",
    "equal_opportunity_difference",
    "average_odds_difference",
    "average_odds_error",
    "average_predictive_value_difference",
]
AIF_SCORES = [
    "recall_score",
    "specificity_score",
    "precision_score",
    "false_positive_rate_error",
    "false_negative_rate_error",
    "false_omission_rate_error",
    "accuracy_score",
]


def aif360() -> tuple[list[str], Callable[[Table], list[float]]]:
    """Ask the metric classes (all rates of them) and the functions of ``aif360.sklearn``."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import BinaryLabelDatasetMetric, ClassificationMetric
    from aif360.sklearn import metrics as functions
    from sklearn.metrics import accuracy_score, precision_score, recall_score

    scores = {
        "recall_score": recall_score,
        "precision_score": precision_score,
        "accuracy_score": accuracy_score,
    }
    columns = [f"BinaryLabelDatasetMetric.{name}" for name in AIF_LABELS]
    columns += [f"ClassificationMetric.{name}" for name in AIF_LEGACY]
    for kind in ("difference", "ratio"):
        columns += [f"ClassificationMetric.{kind}({name})" for name in AIF_RATES]
    columns += [f"sklearn.{name}" for name in AIF_SKLEARN]
    columns += ["sklearn.statistical_parity_difference(labels)"]
    columns += ["sklearn.disparate_impact_ratio(labels)"]
    for kind in ("difference", "ratio"):
        columns += [f"sklearn.{kind}({name})" for name in AIF_SCORES]

    def legacy(table: Table) -> list[float]:
        group, label, decision, weight = rows(table)
        codes = np.array([NAMES.index(name) for name in group])
        frame = pd.DataFrame({"g": codes, "y": label, "w": weight}).astype(float)
        data = BinaryLabelDataset(
            df=frame,
            label_names=["y"],
            protected_attribute_names=["g"],
            instance_weights_name="w",
            favorable_label=1.0,
            unfavorable_label=0.0,
        )
        decided = data.copy()
        decided.labels = decision.astype(float).reshape(-1, 1)
        sides = {
            "privileged_groups": [{"g": float(table[0])}],
            "unprivileged_groups": [{"g": float(c)} for c in set(codes) - {table[0]}],
        }
        labels = BinaryLabelDatasetMetric(data, **sides)
        both = ClassificationMetric(data, decided, **sides)
        values = [getattr(labels, name)() for name in AIF_LABELS]
        values += [getattr(both, name)() for name in AIF_LEGACY]
        for kind in (both.difference, both.ratio):
            values += [kind(getattr(both, name)) for name in AIF_RATES]
        return values

    def with_functions(table: Table) -> list[float]:
        group, label, decision, weight = rows(table)
        y = pd.Series(label, index=pd.Index(group, name="g"))
        sides = {"prot_attr": "g", "priv_group": NAMES[table[0]], "sample_weight": weight}
        values = [getattr(functions, name)(y, decision, **sides) for name in AIF_SKLEARN]
        values.append(functions.statistical_parity_difference(y, **sides))
        values.append(functions.disparate_impact_ratio(y, **sides))
        for kind in (functions.difference, functions.ratio):
            for name in AIF_SCORES:
                score = scores.get(name) or getattr(functions, name)
                values.append(kind(score, y, decision, **sides))
        return values

    return columns, lambda table: legacy(table) + with_functions(table)


AEQUITAS = [
    "ppr",
    "pprev",
    "precision",
    "fdr",
    "for",
    "fpr",
    "fnr",
    "tpr",
    "tnr",
    "npv",
    "accuracy",
    "prev",
]


def aequitas() -> tuple[list[str], Callable[[Table], list[list[float]]]]:
    """Ask for the disparities of each group with a predefined reference group."""
    from aequitas.bias import Bias
    from aequitas.group import Group

    def ask(table: Table) -> list[list[float]]:
        group, label, decision, _ = rows(table)
        frame = pd.DataFrame({"g": group.astype(object), "label_value": label, "score": decision})
        rates, _ = Group().get_crosstabs(frame, attr_cols=["g"])
        found = Bias().get_disparity_predefined_groups(
            rates, frame, {"g": NAMES[table[0]]}, input_group_metrics=AEQUITAS
        )
        found = found.set_index("attribute_value").loc[list(NAMES[: len(table[1])])]
        return found[[f"{name}_disparity" for name in AEQUITAS]].astype(float).values.tolist()

    return AEQUITAS, ask


DALEX = ["TPR", "TNR", "PPV", "NPV", "FNR", "FPR", "FDR", "FOR", "ACC", "STP"]


def dalex() -> tuple[list[str], Callable[[Table], list[list[float]]]]:
    """Ask for the ratios of each group, and for the parity loss (the last row)."""
    from dalex.fairness import GroupFairnessClassification

    def ask(table: Table) -> list[list[float]]:
        group, label, decision, _ = rows(table)
        found = GroupFairnessClassification(
            label, decision.astype(float), group, NAMES[table[0]], "recorded"
        )
        values = found.result.loc[list(NAMES[: len(table[1])]), DALEX].values.tolist()
        return [*values, found.parity_loss[DALEX].tolist()]

    return DALEX, ask


CLARIFY = ["DPL", "DPPL", "DI", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "TE"]


def clarify() -> tuple[list[str], Callable[[Table], list[list[float]]]]:
    """Ask with everyone but the reference as the facet, then with the first group as the facet."""
    from smclarify.bias import metrics

    def ask(table: Table) -> list[list[float]]:
        group, label, decision, _ = rows(table)
        feature = pd.Series(group)
        return [
            [
                metrics.call_metric(
                    getattr(metrics, name),
                    feature=feature,
                    sensitive_facet_index=facet,
                    positive_label_index=pd.Series(label == 1),
                    positive_predicted_label_index=pd.Series(decision == 1),
                )
                if name != "DPL"
                else metrics.DPL(feature, facet, pd.Series(label == 1))
                for name in CLARIFY
            ]
            for facet in (feature != NAMES[table[0]], feature == NAMES[0])
        ]

    return CLARIFY, ask


PEERS: dict[str, tuple[Callable[[], Any], str]] = {
    "aif360": (aif360, "aif360"),
    "aequitas": (aequitas, "aequitas"),
    "dalex": (dalex, "dalex"),
    "clarify": (clarify, "smclarify"),
}


# ---- the file ---------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Return a value as JSON: 12 digits, null for NaN, text for infinity."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    number = float(value)
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    short = float(f"{number:.12g}")
    return int(short) if short.is_integer() else short


def record(peer: str, folder: Path) -> Path:
    """Ask one peer about every table and write what it says."""
    make, package = PEERS[peer]
    columns, ask = make()
    recorded = []
    for table in tables(SEEDS[peer], weighted=peer == "aif360"):
        reference, cells, weights = table
        held = None if weights is None else weights.tolist()
        recorded.append([reference, cells.tolist(), held, plain(ask(table))])
    made_with = {name: version(name) for name in (package, "numpy", "pandas", "scikit-learn")}
    document = {
        "peer": peer,
        "made_with": {"python": platform.python_version(), **made_with},
        "seed": SEEDS[peer],
        "columns": columns,
        "tables": recorded,
    }
    path = folder / f"{peer}.json.gz"
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return path


def main() -> None:
    """Record the peer named on the command line."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in PEERS:
        sys.exit(f"usage: record_peers.py {{{','.join(PEERS)}}} [FOLDER]")
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    path = record(sys.argv[1], folder)
    sys.stdout.write(f"{path}: {TABLES} tables, {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
