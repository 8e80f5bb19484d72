"""Record what others say besides gaps of counts: ``python record_more.py [FOLDER]``.

AIF360: rankings, distortion, scores, label distances, entropy, subsets and transport. Clarify:
label distances, strata, the flip test. audit-AI: the Bayes factor. All on the same generated rows,
kept in ``more.json.gz`` beside this script; ``tests/test_metrics_recorded.py`` holds our metrics
against them. The environment is that of ``record_peers.py aif360``, with POT for ``ot_distance``::

    /tmp/peer_aif/bin/pip install POT
    /tmp/peer_aif/bin/pip install --no-deps smclarify==0.5 pyfunctional dill tabulate
    /tmp/peer_aif/bin/pip install --no-deps audit-AI==0.1.1
    /tmp/peer_aif/bin/python tests/peers/record_more.py

A file holds ``made_with``, ``seed`` and ``tables``. A table holds the rows (``g`` the group, 1 is
privileged; ``a`` another attribute; ``y`` labels, ``d`` decisions, ``p`` scores, ``x`` and ``z``
two features before and after, ``c`` a label of four values, ``s`` a stratum, ``w`` weights or
null) and ``said``, name to value.
"""

from __future__ import annotations

import gzip
import json
import logging
import platform
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from record_peers import plain

TABLES = 60
SEED = 361
CLASSES = list("pqrs")


def drawn(rng: np.random.Generator, place: int) -> dict[str, Any]:
    """Draw one table; each group has both labels, except in every sixth table."""
    n = int(rng.integers(8, 40))
    g = rng.integers(0, 2, n)
    y = rng.integers(0, 2, n)
    g[:4], y[:4] = [0, 0, 1, 1], [0, 1, 0, 1]
    if place % 6 == 5:
        y[g == 0] = 0
    p = np.round(np.clip(0.5 * y + rng.uniform(0.02, 0.48, n), 0.02, 0.98), 2)
    x = np.round(rng.normal(size=(n, 2)), 2)
    classes = rng.choice(CLASSES, n, p=[0.4, 0.3, 0.2, 0.1])
    return {
        "g": g, "y": y, "d": (p > 0.45).astype(int), "p": p, "a": np.round(rng.normal(size=n), 1),
        "c": classes, "s": rng.choice(list("uv"), n, p=[0.7, 0.3]),
        "x": x, "z": np.round(x + rng.normal(scale=0.5, size=(n, 2)), 2),
        "w": np.round(rng.uniform(0.2, 3, n), 2) if place % 4 == 3 else None,
    }  # fmt: skip


def rankings(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask RegressionDatasetMetric; the rows come in the order of their scores."""
    from aif360.datasets import RegressionDataset
    from aif360.metrics import RegressionDatasetMetric

    order = np.argsort(-t["p"], kind="stable")
    frame = pd.DataFrame({"g": t["g"][order].astype(float), "s": t["p"][order]})
    data = RegressionDataset(
        frame, dep_var_name="s", protected_attribute_names=["g"], privileged_classes=[[1.0]]
    )
    data.scores = frame[["s"]].to_numpy()  # its own are scaled
    metric = RegressionDatasetMetric(data, [{"g": 0.0}], [{"g": 1.0}])
    n = len(frame)
    # Called as it is, it fails: results are kept by their arguments, and a dict has no hash.
    infeasible = RegressionDatasetMetric.infeasible_index.__wrapped__
    said["infeasible"] = infeasible(metric, {0.0: 0.5, 1.0: 0.5})[0]
    said["infeasible_3_7"] = infeasible(metric, {0.0: 0.3, 1.0: 0.7}, r=n - 2)[0]
    said["dcg"] = metric.discounted_cum_gain()
    said["dcg_5"] = metric.discounted_cum_gain(r=5)
    shuffled = data.copy()
    shuffled.scores = data.scores[::-1].copy()
    metric = RegressionDatasetMetric(shuffled, [{"g": 0.0}], [{"g": 1.0}])
    said["ndcg_reversed"] = metric.discounted_cum_gain(full_dataset=data, normalized=True)


def classification(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask the metric classes for counts and generalized rates, and SampleDistortionMetric."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric, SampleDistortionMetric

    weight = np.ones(len(t["y"])) if t["w"] is None else t["w"]
    frame = pd.DataFrame(
        {"x0": t["x"][:, 0], "x1": t["x"][:, 1], "g": t["g"], "y": t["y"], "w": weight}
    ).astype(float)
    data = BinaryLabelDataset(
        df=frame, label_names=["y"], protected_attribute_names=["g"], instance_weights_name="w",
        favorable_label=1.0, unfavorable_label=0.0,
    )  # fmt: skip
    decided = data.copy()
    decided.labels = t["d"].astype(float).reshape(-1, 1)
    decided.scores = t["p"].reshape(-1, 1)
    sides = {"unprivileged_groups": [{"g": 0.0}], "privileged_groups": [{"g": 1.0}]}
    both = ClassificationMetric(data, decided, **sides)
    for name in ("positives", "negatives", "true_positives", "false_positives", "false_negatives",
                 "true_negatives", "generalized_true_positives", "generalized_false_positives",
                 "generalized_false_negatives", "generalized_true_negatives",
                 "pred_positives", "pred_negatives"):  # fmt: skip
        said[f"num_{name}"] = getattr(both, f"num_{name}")(privileged=False)
    for name in ("true_positive_rate", "false_positive_rate", "false_negative_rate",
                 "true_negative_rate"):  # fmt: skip
        said[f"generalized_{name}"] = getattr(both, f"generalized_{name}")()
    said["generalized_equalized_odds"] = both.generalized_equalized_odds_difference()
    said["error_rate"] = both.error_rate()
    for alpha in (0.5, 1, 2):
        said[f"entropy_{alpha}"] = both.generalized_entropy_index(alpha=alpha)
        said[f"between_{alpha}"] = both.between_group_generalized_entropy_index(alpha=alpha)
        said[f"between_all_{alpha}"] = both.between_all_groups_generalized_entropy_index(alpha)
    for name in ("theil_index", "coefficient_of_variation", "between_group_theil_index",
                 "between_group_coefficient_of_variation"):  # fmt: skip
        said[name] = getattr(both, name)()
    moved = data.copy()
    features = moved.features.copy()
    features[:, :2] = t["z"]
    moved.features = features
    for name in ("features",):  # the group is a feature there, and is not moved
        assert (getattr(moved, name)[:, 2] == data.features[:, 2]).all()
    distortion = SampleDistortionMetric(data, moved, **sides)
    for distance in ("euclidean", "manhattan", "mahalanobis"):
        for agg in ("total", "average", "maximum"):
            method = getattr(distortion, f"{agg}_{distance}_distance")
            said[f"{agg}_{distance}"] = method()
            said[f"{agg}_{distance}_unprivileged"] = method(privileged=False)


def functions(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask ``aif360.sklearn.metrics`` for label distances, subsets and transport."""
    from aif360.sklearn import metrics

    y = pd.Series(t["y"], index=pd.Index(t["g"], name="g"))
    sides = {"prot_attr": "g", "priv_group": 1}
    weight = t["w"]
    said["class_imbalance"] = metrics.class_imbalance(y, **sides, sample_weight=weight)
    said["kl_divergence"] = metrics.kl_divergence(y, **sides, sample_weight=weight)
    said["cdd"] = metrics.conditional_demographic_disparity(y, prot_attr="g", sample_weight=weight)
    said["smoothed_base_rate"] = metrics.smoothed_base_rate(t["y"], sample_weight=weight)
    said["smoothed_selection_rate"] = metrics.smoothed_selection_rate(
        t["y"], t["d"], concentration=2.0, sample_weight=weight
    )
    # A benefit of 0, a false negative, makes it infinite: the labels of those are left as decided.
    kind = np.where((t["y"] == 1) & (t["d"] == 0), 0, t["y"])
    said["entropy_error_0"] = metrics.generalized_entropy_error(kind, t["d"], alpha=0)
    frame = pd.DataFrame({"g": t["g"]})
    for overpredicted in (True, False):
        for subset in (None, {"g": [0]}):
            said[f"mdss_{overpredicted}_{'all' if subset is None else 'g0'}"] = (
                metrics.mdss_bias_score(
                    t["y"], t["p"], X=frame, subset=subset, overpredicted=overpredicted
                )
            )
    said["ot_0"] = said["ot_1"] = np.nan
    if t["y"][t["g"] == 0].any():  # POT refuses labels that add up to 0
        found = metrics.ot_distance(
            pd.Series(t["y"]), pd.Series(t["p"]), prot_attr=pd.Series(t["g"])
        )
        said["ot_0"], said["ot_1"] = found[0], found[1]


def clarify(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask smclarify, with the unprivileged group as the facet."""
    from smclarify.bias import metrics
    from smclarify.bias.metrics import basic_stats

    facet, label = pd.Series(t["g"] == 0), pd.Series(t["c"])
    positive, decided = pd.Series(t["y"] == 1), pd.Series(t["d"] == 1)
    feature, strata = pd.Series(t["g"]), pd.Series(t["s"])
    both = set(label[facet]) & set(label[~facet])  # without one, it raises
    for name in ("KL", "JS", "LP", "TVD", "KS"):
        said[name] = getattr(metrics, name)(label, facet) if both else np.nan
    said["CI"] = metrics.CI(feature, facet)
    said["CDDL"] = metrics.CDDL(feature, facet, positive, strata)
    said["CDDPL"] = (
        said["CDDL"]
        if decided.all() or not decided.any()
        else (metrics.CDDPL(feature, facet, decided, strata))
    )
    said["FT"] = metrics.FT(pd.DataFrame(t["x"]), facet, decided)
    said["GE"] = metrics.GE(positive, decided)
    cells = {"TP": int((positive & decided).sum()), "FP": int((~positive & decided).sum()),
             "FN": int((positive & ~decided).sum())}  # fmt: skip
    said["F1"] = basic_stats.f1_score(**cells)
    said["conditional_acceptance"] = basic_stats.conditional_acceptance(**cells)


def audit_ai(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask audit-AI for the Bayes factor of independence, of all groups."""
    from auditai.utils.crosstabs import crosstab_bayes_factor

    table = np.array([[((t["g"] == g) & (t["d"] == d)).sum() for d in (0, 1)] for g in (0, 1)])
    said["bayes_factor"] = crosstab_bayes_factor(table)


def halves(t: dict[str, Any], said: dict[str, float]) -> None:
    """Ask for the rich subgroup of two sensitive attributes."""
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import BinaryLabelDatasetMetric

    frame = pd.DataFrame({"g": t["g"], "a": t["a"], "y": t["y"]}).astype(float)
    data = BinaryLabelDataset(
        df=frame, label_names=["y"], protected_attribute_names=["g", "a"],
        favorable_label=1.0, unfavorable_label=0.0,
    )  # fmt: skip
    metric = BinaryLabelDatasetMetric(data)
    for rate in ("FP", "FN"):
        said[f"rich_{rate}"] = metric.rich_subgroup(tuple(t["d"].tolist()), rate)


def main() -> None:
    """Record every table."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    rng = np.random.default_rng(SEED)
    recorded = []
    for place in range(TABLES):
        table = drawn(rng, place)
        said: dict[str, float] = {}
        for ask in (rankings, classification, functions, clarify, audit_ai, halves):
            ask(table, said)
        rows = {k: None if v is None else v.tolist() for k, v in table.items()}
        recorded.append({**rows, "said": {k: plain(float(v)) for k, v in said.items()}})
    names = ("aif360", "numpy", "pandas", "scikit-learn", "pot", "smclarify", "audit-AI")
    document = {
        "made_with": {"python": platform.python_version(), **{n: version(n) for n in names}},
        "seed": SEED,
        "tables": recorded,
    }
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).parent
    path = folder / "more.json.gz"
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"{path}: {TABLES} tables, {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
