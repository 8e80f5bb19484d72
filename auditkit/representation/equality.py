"""How far the shares of groups are from equal: what can be said without a reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import metrics
from auditkit.counts import Counts
from auditkit.representation.shares import sizes_of

__all__ = ["evenness"]


def evenness(counts: Counts, attribute_sets: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Return, for each set of attributes, how far its groups are from equal shares.

    Equal shares are a yardstick and no aim: that groups are of equal size is seldom to be
    expected. It is what remains to compare with where no population was given.

    Parameters
    ----------
    counts : Counts
        The cells.
    attribute_sets : sequence of sequences of str
        Each attribute alone, and crossings. Crossed groups that nobody falls into count as
        groups of size 0; people with a missing value are left out, and counted in ``unknown``.

    Returns
    -------
    list of dict
        ``equal_share`` (one divided by the number of groups), the smallest and the largest group
        with the ratio of its share to that, ``evenness`` (the entropy of the shares over that of
        equal ones; 1 is equal) and ``imbalance`` (1 − smallest / largest; 0 is equal): the metrics
        ``group_share_evenness`` and ``group_share_imbalance``. None with a reason where there are
        not two groups.
    """
    rows = []
    for attributes in attribute_sets:
        sizes = sizes_of(counts, attributes)
        known = {group: size for group, size in sizes.items() if None not in group}
        unknown = sum(size.n for group, size in sizes.items() if None in group)
        row: dict[str, Any] = {"attributes": list(attributes), "groups": len(known)}
        row |= {"unknown": unknown, "empty": sum(size.n == 0 for size in known.values())}
        weights = [size.w for size in known.values()]
        if sum(weight > 0 for weight in weights) < 2:
            row |= dict.fromkeys(_MEASURES) | {"reason": "fewer than two groups have people"}
            rows.append(row)
            continue
        total, equal = sum(weights), 1 / len(known)
        for name, pick in (("smallest", min), ("largest", max)):
            group = pick(known, key=lambda key: (known[key].w, key))
            row[name] = list(group)
            row[f"{name}_share"] = known[group].w / total
            row[f"{name}_ratio"] = known[group].w / total / equal
        codes = [str(place) for place in range(len(known))]
        row |= {
            "equal_share": equal,
            "evenness": metrics.group_share_evenness(
                sensitive_features=codes, sample_weight=weights
            ),
            "imbalance": metrics.group_share_imbalance(
                sensitive_features=codes, sample_weight=weights
            ),
            "reason": None,
        }
        rows.append(row)
    return rows


_MEASURES = (
    "smallest", "smallest_share", "smallest_ratio", "largest", "largest_share", "largest_ratio",
    "equal_share", "evenness", "imbalance",
)  # fmt: skip
