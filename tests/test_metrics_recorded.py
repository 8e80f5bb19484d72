"""Rankings, distortion, scores, label distances and subsets: what AIF360 and Clarify say of them.

``tests/peers/record_more.py`` says how the numbers were recorded, and with which versions.
"""

from __future__ import annotations

import functools
import gzip
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial import distance as sp
from scipy.stats import wasserstein_distance
from sklearn.metrics import dcg_score, ndcg_score

from auditkit import metrics as am
from auditkit.errors import MetricError

PEERS = Path(__file__).parent / "peers"


@functools.cache
def tables():
    document = json.loads(gzip.decompress((PEERS / "more.json.gz").read_bytes()))
    assert document["made_with"]["aif360"] == "0.6.1"
    assert document["made_with"]["smclarify"] == "0.5"
    found = []
    for table in document["tables"]:
        rows = {
            key: None if v is None or key == "said" else np.array(v) for key, v in table.items()
        }
        said = {
            name: math.nan if value is None else float(value)
            for name, value in table["said"].items()
        }
        found.append((rows, said))
    return found


def quietly(function, /, *args, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **given)


def agree(name, ask, tolerance=1e-9, least=60):
    """Hold a number of ours against the one recorded, on every table where there is one."""
    compared = 0
    for rows, said in tables():
        ours = quietly(ask, rows)
        assert ours == pytest.approx(said[name], rel=tolerance, abs=tolerance, nan_ok=True), name
        compared += 1
    assert compared >= least


REST = {"reference": 1, "convention": "aif360"}
FACET = {"reference": 1, "convention": "clarify"}


# ---- rankings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "target", "last"),
    [("infeasible", {"0": 0.5, "1": 0.5}, 0), ("infeasible_3_7", {"0": 0.3, "1": 0.7}, 2)],
)
def test_infeasible_index_as_in_aif360(name, target, last):
    agree(
        name,
        lambda t: am.infeasible_index(
            t["p"], sensitive_features=t["g"], target=target, k=len(t["p"]) - last,
            convention="aif360",
        ),
    )  # fmt: skip


def test_infeasible_index_by_hand():
    """Half each: of 1 place nobody is due, of 2 and 3 one of each, of 4 and 5 two, of 6 three."""
    asked = {"sensitive_features": list("MMFFFM"), "target": {"M": 0.5, "F": 0.5}}
    # M M F F F M: only 2 places hold too few F
    assert am.infeasible_index([6, 5, 4, 3, 2, 1], **asked) == 1
    assert am.infeasible_index([6, 5, 4, 3, 2, 1], k=1, **asked) == 0
    worst = am.infeasible_index(ranks=[1, 2, 4, 5, 6, 3], **asked)  # M M M F F F
    assert worst == 3  # of 2 and of 3 places no F, of 4 one


def test_a_share_that_a_float_cannot_hold():
    """Three of ten are due at a share of 0.3, and 10 × 0.3 is 3 although 0.1 + 0.2 is not 0.3."""
    groups = ["a"] * 7 + ["b"] * 3
    share = 0.1 + 0.2
    found = am.infeasible_index(
        list(range(10)), sensitive_features=groups, target={"a": 1 - share, "b": share}
    )
    assert found == am.infeasible_index(
        list(range(10)), sensitive_features=groups, target={"a": 0.7, "b": 0.3}
    )


def test_discounted_cumulative_gain():
    agree("dcg", lambda t: am.discounted_cumulative_gain(np.sort(t["p"])[::-1]))
    agree("dcg_5", lambda t: am.discounted_cumulative_gain(np.sort(t["p"])[::-1], k=5))
    agree(
        "ndcg_reversed", lambda t: am.discounted_cumulative_gain(np.sort(t["p"]), normalized=True)
    )
    rng = np.random.default_rng(5)
    for _ in range(20):
        gain, score = rng.integers(0, 5, 12), rng.permutation(12)
        ours = am.discounted_cumulative_gain(gain, ranks=-score, k=7)
        assert ours == pytest.approx(dcg_score([gain], [score], k=7))
        ours = am.discounted_cumulative_gain(gain, ranks=-score, normalized=True)
        assert ours == pytest.approx(ndcg_score([gain], [score]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert math.isnan(am.discounted_cumulative_gain([0, 0], normalized=True))
    assert "the best order has a gain of 0" in str(caught[0].message)


# ---- distortion --------------------------------------------------------------------------------


def moved(t):
    """The features there hold the group too, which is not moved."""
    return np.column_stack([t["x"], t["g"]]), np.column_stack([t["z"], t["g"]])


@pytest.mark.parametrize("distance", ["euclidean", "manhattan", "mahalanobis"])
@pytest.mark.parametrize("agg", ["total", "average", "maximum"])
def test_distortion_as_in_aif360(distance, agg):
    asked = {"distance": distance, "agg": agg}
    agree(
        f"{agg}_{distance}",
        lambda t: am.sample_distortion(*moved(t), sample_weight=t["w"], **asked),
    )
    if distance == "mahalanobis":
        return  # its covariance is that of both groups
    agree(
        f"{agg}_{distance}_unprivileged",
        lambda t: am.sample_distortion(
            *(part[t["g"] == 0] for part in moved(t)),
            sample_weight=None if t["w"] is None else t["w"][t["g"] == 0], **asked,
        ),
    )  # fmt: skip


def test_distortion_between_groups():
    """The mean of the unprivileged, as recorded, against that of the others: of u − p and u / p."""
    for rows, said in tables():
        for distance in ("euclidean", "manhattan", "mahalanobis"):
            asked = {"distance": distance, "sample_weight": rows["w"]}
            whole = am.sample_distortion(*moved(rows), agg="total", **asked)
            weight = np.ones(len(rows["g"])) if rows["w"] is None else rows["w"]
            inside = said[f"total_{distance}_unprivileged"]
            u = said[f"average_{distance}_unprivileged"]
            p = (whole - inside) / weight[rows["g"] == 1].sum()
            given = {**asked, "sensitive_features": rows["g"], "reference": 1}
            assert am.sample_distortion_difference(*moved(rows), **given) == pytest.approx(u - p)
            assert am.sample_distortion_ratio(*moved(rows), **given) == pytest.approx(u / p)


def test_mahalanobis_as_in_scipy():
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 15, 3))
    inverse = np.linalg.inv(np.cov(np.vstack([x, z]).T))
    theirs = np.mean([sp.mahalanobis(a, b, inverse) for a, b in zip(x, z, strict=True)])
    assert am.sample_distortion(x, z, distance="mahalanobis") == pytest.approx(theirs)


def test_a_singular_covariance_has_no_distance():
    x, z = [[1.0, 2.0], [2.0, 4.0]], [[3.0, 6.0], [1.0, 2.0]]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert math.isnan(am.sample_distortion(x, z, distance="mahalanobis"))
    assert "the covariance of the features is singular" in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([[1.0]], [[1.0, 2.0]]), "features has 1 columns and distorted 2"),
        (([[1.0]], [[1.0], [2.0]]), "rows"),
        (({"a": [1.0]}, {"b": [1.0]}), "must have the same columns"),
        (([["x"]], [["y"]]), "must be numbers"),
        (([[math.inf]], [[1.0]]), "must be finite"),
    ],
)
def test_tables_that_do_not_match(given, message):
    with pytest.raises(MetricError, match=message):
        am.sample_distortion(*given)


# ---- counts and scores -------------------------------------------------------------------------


def counted(rows, function, said, prefix):
    weight = rows["w"]
    found = function(
        rows["y"], rows["p" if "generalized" in function.__name__ else "d"],
        sensitive_features={"g": rows["g"]}, sample_weight=weight,
    )  # fmt: skip
    return {r["metric"]: r["value"] for r in found if r["g"] == "0"}


def test_counts_as_in_aif360():
    for rows, said in tables():
        ours = counted(rows, am.confusion_counts, said, "")
        soft = counted(rows, am.generalized_confusion_counts, said, "")
        for kind in ("true_positives", "false_positives", "false_negatives", "true_negatives"):
            assert ours[kind] == pytest.approx(said[f"num_{kind}"])
            assert soft[kind] == pytest.approx(said[f"num_generalized_{kind}"])
        assert ours["positives"] == pytest.approx(said["num_positives"])
        assert ours["negatives"] == pytest.approx(said["num_negatives"])
        assert ours["selected"] == pytest.approx(said["num_pred_positives"])
        assert ours["not_selected"] == pytest.approx(said["num_pred_negatives"])


@pytest.mark.parametrize("kind", ["true_positive", "false_positive", "false_negative",
                                  "true_negative"])  # fmt: skip
def test_generalized_rates_as_in_aif360(kind):
    function = getattr(am, f"generalized_{kind}_rate")
    agree(
        f"generalized_{kind}_rate",
        lambda t: function(t["y"], t["p"], sample_weight=t["w"]),
    )


def test_generalized_equalized_odds_as_in_aif360():
    agree(
        "generalized_equalized_odds",
        lambda t: am.generalized_equalized_odds_difference(
            t["y"], t["p"], sensitive_features=t["g"], sample_weight=t["w"], **REST
        ),
    )
    lost = 0
    for rows, said in tables():  # where a group has no positives, the gap of the negatives is left
        ours = quietly(
            am.generalized_equalized_odds_difference, rows["y"], rows["p"],
            sensitive_features=rows["g"], sample_weight=rows["w"], reference=1,
        )  # fmt: skip
        if math.isnan(ours):
            lost += 1
            assert not rows["y"][rows["g"] == 0].any()
        else:
            assert ours == pytest.approx(said["generalized_equalized_odds"])
    assert lost == 10


def test_smoothed_rates_as_in_aif360():
    agree("smoothed_base_rate", lambda t: am.smoothed_base_rate(t["y"], sample_weight=t["w"]))
    agree(
        "smoothed_selection_rate",
        lambda t: am.smoothed_selection_rate(None, t["d"], concentration=2.0, sample_weight=t["w"]),
    )


def test_error_rate_as_in_aif360():
    agree("error_rate", lambda t: am.error_rate(t["y"], t["d"], sample_weight=t["w"]))


# ---- inequality --------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.5, 1, 2])
def test_entropy_as_in_aif360(alpha):
    agree(f"entropy_{alpha}", lambda t: am.generalized_entropy_index(t["y"], t["d"], alpha=alpha))
    for name in (f"between_{alpha}", f"between_all_{alpha}"):  # two groups: the same number
        agree(
            name,
            lambda t: am.between_group_generalized_entropy_index(
                t["y"], t["d"], sensitive_features=t["g"], alpha=alpha
            ),
        )


@pytest.mark.parametrize("name", ["theil_index", "coefficient_of_variation",
                                  "between_group_theil_index",
                                  "between_group_coefficient_of_variation"])  # fmt: skip
def test_other_inequality_as_in_aif360(name):
    def ask(t):
        sides = {"sensitive_features": t["g"]} if "between" in name else {}
        return getattr(am, name)(t["y"], t["d"], **sides)

    agree(name, ask)


def test_entropy_at_alpha_0_is_divided_by_the_mean_once_more_in_aif360():
    def benefits(t):
        return t["d"] - np.where((t["y"] == 1) & (t["d"] == 0), 0, t["y"]) + 1

    agree(
        "entropy_error_0",
        lambda t: am.generalized_entropy_index(benefits=benefits(t), alpha=0, convention="aif360"),
    )
    for rows, said in tables():
        ours = am.generalized_entropy_index(benefits=benefits(rows), alpha=0)
        assert ours == pytest.approx(said["entropy_error_0"] * benefits(rows).mean())
    with pytest.raises(MetricError, match="no counterpart of generalized_entropy_index"):
        am.generalized_entropy_index([1], [1], convention="dalex")


# ---- before training ---------------------------------------------------------------------------


def test_class_imbalance_has_opposite_signs():
    agree(
        "class_imbalance",
        lambda t: am.class_imbalance(sensitive_features=t["g"], sample_weight=t["w"], **REST),
    )
    agree("CI", lambda t: am.class_imbalance(sensitive_features=t["g"], **FACET))


def test_kl_divergence_as_in_aif360_may_be_infinite():
    agree(
        "kl_divergence",
        lambda t: am.kl_divergence(t["y"], sensitive_features=t["g"], sample_weight=t["w"], **REST),
    )
    infinite = [said for _, said in tables() if math.isinf(said["kl_divergence"])]
    assert len(infinite) == 10  # a group without positive labels
    rows = tables()[5][0]
    ours = quietly(am.kl_divergence, rows["y"], sensitive_features=rows["g"], reference=1)
    assert math.isnan(ours)


def test_a_conditional_disparity_without_a_stratum_as_in_aif360():
    agree(
        "cdd",
        lambda t: am.demographic_disparity(
            t["y"], sensitive_features=t["g"], sample_weight=t["w"], convention="aif360"
        ),
    )
    equal = am.demographic_disparity(  # two groups of equal size: 0, whatever happened to them
        [1, 1, 1, 0, 0, 0], sensitive_features=list("aaabbb"), convention="aif360"
    )
    assert equal == 0


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("KL", am.kl_divergence),
        ("JS", am.jensen_shannon_divergence),
        ("LP", am.lp_norm),
        ("TVD", am.total_variation_distance),
        ("KS", am.chebyshev_distance),
    ],
)
def test_label_distances_as_in_clarify(name, function):
    agree(name, lambda t: function(t["c"], sensitive_features=t["g"], **FACET))


def test_clarify_drops_labels_and_a_divergence_falls_below_zero():
    """a: p p q, d: p p p r. Only p is on both sides: 2/3 ln((2/3) / (3/4)) = −0.0785."""
    labels, groups = list("ppqpppr"), list("aaadddd")
    given = {"sensitive_features": groups, "reference": "a", "convention": "clarify"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = am.kl_divergence(labels, **given)
    assert found == pytest.approx(2 / 3 * math.log(8 / 9))
    assert "label 'q', 'r' occurs on one side only: drops it" in str(caught[0].message)
    assert caught[0].filename == __file__
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        apart = am.lp_norm(
            list("ppqq"), sensitive_features=list("aadd"), reference="a", convention="clarify"
        )
    assert math.isnan(apart)
    assert "no label occurs on both sides" in str(caught[-1].message)


def test_strata_as_in_clarify():
    for name, column in (("CDDL", "y"), ("CDDPL", "d")):
        agree(
            name,
            lambda t, column=column: am.conditional_demographic_disparity(
                t[column], sensitive_features=t["g"], strata=t["s"], **FACET
            ),
        )


def test_flip_test_as_in_clarify():
    agree(
        "FT",
        lambda t: am.flip_test(t["d"], features=t["x"], sensitive_features=t["g"], **FACET),
    )


def test_basic_stats_as_in_clarify():
    agree("GE", lambda t: am.generalized_entropy_index(t["y"], t["d"]))
    agree("F1", lambda t: am.f1(t["y"], t["d"]))
    agree("conditional_acceptance", lambda t: am.conditional_acceptance(t["y"], t["d"]))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: am.kl_divergence([1, 0], sensitive_features=list("ab"), convention="clarify"),
         "pass reference="),
        (lambda: am.lp_norm([1, 0], sensitive_features=list("ab"), **REST), "'clarify' have it"),
        (lambda: am.class_imbalance(sensitive_features=list("ab"), convention="aif360"),
         "pass reference="),
        (lambda: am.class_imbalance(sensitive_features=list("ab"), convention="dalex"),
         "'clarify', 'aif360' have it"),
        (lambda: am.demographic_disparity([1, 0], sensitive_features=list("ab"), **FACET),
         "no counterpart of demographic_disparity"),
        (lambda: am.kl_divergence([1, 0], sensitive_features=list("ab"), reference="a",
                                  sample_weight=[1, 2], convention="clarify"), "takes no weights"),
        (lambda: am.flip_test([1, 0], features=[[1], [2]], sensitive_features=list("ab"),
                              reference="a", n_neighbors=1, convention="x"), "'x' is not known"),
    ],
)  # fmt: skip
def test_what_a_convention_cannot_answer(ask, message):
    with pytest.raises(MetricError, match=message):
        ask()


# ---- subsets and transport ---------------------------------------------------------------------


@pytest.mark.parametrize("overpredicted", [True, False])
@pytest.mark.parametrize("where", ["all", "g0"])
def test_bias_score_as_in_aif360(overpredicted, where):
    agree(
        f"mdss_{overpredicted}_{where}",
        lambda t: am.mdss_bias_score(
            t["y"], t["p"], subset=None if where == "all" else t["g"] == 0,
            overpredicted=overpredicted, penalty=1e-17, convention="aif360",
        ),
    )  # fmt: skip


@pytest.mark.parametrize("overpredicted", [True, False])
def test_bias_score_is_the_maximum(overpredicted):
    """SciPy finds the same maximum of the same function; AIF360 stops within 0.001 of q."""
    for rows, said in tables():
        y, p = rows["y"], rows["p"]

        def loss(t, y=y, p=p):
            return -(y.sum() * t - np.log(1 - p + np.exp(t) * p).sum())

        bounds = (-30, 0) if overpredicted else (0, 30)
        found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-10})
        ours = am.mdss_bias_score(y, p, overpredicted=overpredicted)
        assert ours == pytest.approx(max(0.0, -found.fun), abs=1e-7)
        assert ours == pytest.approx(said[f"mdss_{overpredicted}_all"], abs=2e-4)


def test_bias_score_at_its_ends():
    """No positive label: q goes to 0, and −Σ ln(1 − p) = 2 ln 2. All positive: −Σ ln p."""
    assert am.mdss_bias_score([0, 0], [0.5, 0.5]) == pytest.approx(2 * math.log(2))
    found = am.mdss_bias_score([1, 1], [0.5, 0.25], overpredicted=False)
    assert found == pytest.approx(3 * math.log(2))
    assert am.mdss_bias_score([1, 0], [0.5, 0.5]) == 0
    assert am.mdss_bias_score([0, 0], [0.5, 0.5], penalty=1) == pytest.approx(2 * math.log(2) - 1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert math.isnan(am.mdss_bias_score([0, 0], [1.0, 0.5]))
        assert math.isnan(am.mdss_bias_score([1, 1], [0.0, 0.5], overpredicted=False))
    assert "fewer positive labels than scores of 1" in str(caught[0].message)
    assert "more positive labels than scores above 0" in str(caught[1].message)
    with pytest.raises(MetricError, match="no row is in subset"):
        am.mdss_bias_score([0, 1], [0.5, 0.5], subset=[False, False])
    with pytest.raises(MetricError, match="probabilities from 0 to 1"):
        am.mdss_bias_score([0, 1], [0.5, 1.5])


@pytest.mark.parametrize(("name", "rate"), [("rich_FP", "false_positive_rate"),
                                            ("rich_FN", "false_negative_rate")])  # fmt: skip
def test_rich_subgroup_as_in_aif360(name, rate):
    agree(
        name,
        lambda t: am.rich_subgroup(
            t["y"], t["d"], sensitive_features={"g": t["g"], "a": t["a"]}, rate=rate
        ),
    )


def test_rich_subgroup_by_hand():
    """All three false alarms are in F, of six negatives: 3/8 of all × |1 − ½|; text as 0 and 1."""
    label, decision = [0, 0, 0, 0, 0, 0, 1, 1], [1, 1, 1, 0, 0, 0, 1, 0]
    found = am.rich_subgroup(label, decision, sensitive_features=list("FFFMMMFM"))
    assert found == pytest.approx(3 / 8 * 0.5)
    assert am.rich_subgroup(label, [1] * 8, sensitive_features=list("FFFMMMFM")) == 0
    assert math.isnan(quietly(am.rich_subgroup, [1, 1], [1, 0], sensitive_features=["F", "M"]))


def test_transport_as_in_aif360():
    for group in (0, 1):
        agree(
            f"ot_{group}",
            lambda t, group=group: (
                am.ot_distance(t["y"], t["p"], sensitive_features=t["g"], convention="aif360")[
                    group
                ]["value"]
                if t["y"][t["g"] == 0].any()
                else math.nan
            ),
        )


def test_transport_as_in_scipy():
    for rows, _ in tables()[:10]:
        weight = rows["w"]
        found = am.ot_distance(
            rows["y"], rows["p"], sensitive_features=rows["g"], sample_weight=weight
        )
        for group, row in enumerate(found):
            mine = rows["g"] == group
            given = (None, None) if weight is None else (weight[mine], weight[mine])
            theirs = wasserstein_distance(rows["y"][mine], rows["p"][mine], *given)
            assert row["value"] == pytest.approx(theirs)
            assert (row["n"], row["reason"]) == (mine.sum(), None)
