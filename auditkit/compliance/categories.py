"""Groups as the data name them, sorted into the categories that a rule names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from auditkit.compliance.comparison import Selected
from auditkit.counts import Group

__all__ = ["Sorted", "marginal", "sort_groups"]


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Counts by category.

    Attributes
    ----------
    rule : mapping of category to Selected
        Every category of the rule, those without anybody among them, in the rule's order.
    extra : mapping of group to Selected
        Groups that are no category of the rule, under their own names.
    unknown : Selected
        Persons whose category is not known.
    total : int
        All persons.
    members : mapping of category to groups
        Which groups of the data went where, for the reader and for masking.
    """

    rule: Mapping[Group, Selected]
    extra: Mapping[Group, Selected]
    unknown: Selected
    total: int
    members: Mapping[Group, tuple[Group, ...]]


def sort_groups(
    pairs: Mapping[Group, tuple[int, int]],
    categories: Sequence[Mapping[str, Sequence[str]]],
    unknown: Sequence[str],
) -> Sorted:
    """Sort counts of (crossed) groups into the categories of a rule.

    Parameters
    ----------
    pairs : mapping of group to (selected, n)
        Crossed as `categories` are.
    categories : sequence of mappings
        For each attribute: category → further spellings. Spellings are compared without regard to
        case and to spaces at the ends; an attribute without categories keeps its own.
    unknown : sequence of str
        Spellings that mean not known.

    Returns
    -------
    Sorted

    Examples
    --------
    >>> found = sort_groups(
    ...     {("f",): (1, 4), ("m",): (2, 4), ("x",): (0, 1), (None,): (0, 2)},
    ...     [{"Male": ["m"], "Female": ["f"]}], ["declined"],
    ... )
    >>> found.rule[("Female",)], list(found.extra), found.unknown
    (Selected(selected=1, n=4), [('x',)], Selected(selected=0, n=2))
    """
    spelled = [
        {
            _plain(text): category
            for category, others in names.items()
            for text in (category, *others)
        }
        for names in categories
    ]
    lost = {_plain(text) for text in unknown}
    sums: dict[Group, list[int]] = {tuple(cross): [0, 0] for cross in product(*categories)}
    extra: dict[Group, list[int]] = {}
    members: dict[Group, list[Group]] = {}
    gone = [0, 0]
    for group, (x, n) in pairs.items():
        names = [_category(part, known, lost) for part, known in zip(group, spelled, strict=True)]
        where: list[int]
        if None in names:
            where = gone
        elif tuple(names) in sums:
            where = sums[tuple(names)]
            members.setdefault(tuple(names), []).append(group)
        else:
            where = extra.setdefault(tuple(names), [0, 0])
            members.setdefault(tuple(names), []).append(group)
        where[0] += x
        where[1] += n
    return Sorted(
        rule={group: Selected(*both) for group, both in sums.items()},
        extra={group: Selected(*both) for group, both in extra.items()},
        unknown=Selected(*gone),
        total=sum(n for _, n in pairs.values()),
        members={group: tuple(found) for group, found in members.items()},
    )


def marginal(
    pairs: Mapping[Group, tuple[int, int]], names: Sequence[str], wanted: Sequence[str]
) -> dict[Group, tuple[int, int]]:
    """Add crossed counts up to some of their attributes.

    Examples
    --------
    >>> marginal({("F", "a"): (1, 2), ("F", "b"): (1, 3)}, ["sex", "race"], ["sex"])
    {('F',): (2, 5)}
    """
    places = [list(names).index(name) for name in wanted]
    sums: dict[Group, list[int]] = {}
    for group, (x, n) in pairs.items():
        slot = sums.setdefault(tuple(group[place] for place in places), [0, 0])
        slot[0] += x
        slot[1] += n
    return {group: (x, n) for group, (x, n) in sums.items()}


def _category(text: str | None, known: Mapping[str, str], unknown: set[str]) -> str | None:
    if text is None or _plain(text) in unknown:
        return None
    return known.get(_plain(text), text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
