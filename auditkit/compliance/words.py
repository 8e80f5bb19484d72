"""Plain words: one sentence for a comparison, with its numbers, and what it does not show."""

from __future__ import annotations

from typing import Any

from auditkit.compliance.comparison import Comparison, Lines
from auditkit.compliance.strata import Stratified
from auditkit.counts import Group
from auditkit.errors import shown
from auditkit.inference.thresholds import exact_threshold

__all__ = [
    "DISCLAIMER",
    "FLAGS",
    "flag_sentence",
    "group_words",
    "plain_sentence",
    "strata_sentence",
]

DISCLAIMER = (
    "Statistical output. Not legal advice and not a finding of discrimination or compliance."
)

FLAGS = {
    "A": "adverse impact indicated (practical and statistical)",
    "B": "below 4/5, numbers small: gather more data",
    "C": "statistically significant, small in size: see practical significance",
    "D": "no indication in this data",
    "not computable": "not computable",
    "reference": "reference",
}
"""Conclusion of a comparison, in the words of the Uniform Guidelines' practice."""

_LIMITS = {
    "A": "It does not show why the rates differ, nor that the procedure is unlawful: whether it is "
    "related to the job is another question.",
    "B": "It does not show that there is no difference: with so few decisions chance alone could "
    "have made this gap, or could hide a larger one.",
    "C": "It does not show that the gap matters in practice: with many decisions a small gap is "
    "more than chance.",
    "D": "It does not show that everybody is treated alike: these numbers cannot see what was not "
    "recorded, nor a gap smaller than they can measure.",
    "not computable": "Nothing can be said from these numbers.",
}


def group_words(group: Group | None) -> str:
    """Return a group as text.

    Examples
    --------
    >>> group_words(("Female", None))
    'Female x (missing)'
    """
    parts = () if group is None else group
    return " x ".join("(missing)" if part is None else shown(part, 60) for part in parts)


def plain_sentence(row: Comparison, lines: Lines, verb: str = "were selected") -> dict[str, Any]:
    """Return one sentence on a comparison that needs no statistics to be read, with its limits.

    Examples
    --------
    >>> from auditkit.compliance import adverse_impact
    >>> row = adverse_impact({"women": (1, 10), "men": (3, 20)})["women"]
    >>> print(plain_sentence(row, Lines())["text"])
    1 of 10 women were selected (10.0 %) and 3 of 20 men (15.0 %), a ratio of 0.667: below 4/5. The
    numbers are too small to conclude: one selection made the other way would reverse it.
    """
    who, base = group_words(row.group), group_words(row.reference)
    made: dict[str, Any] = {"group": list(row.group), "conclusion": row.conclusion}
    if row.reference is None:
        return {**made, "text": "", "limits": ""}
    if row.rate is None or row.reference_rate is None or row.impact_ratio is None:
        text = f"{who}: not computable, {row.reason}."
        return {**made, "text": text, "limits": _LIMITS["not computable"]}
    head = (
        f"{row.selected:,} of {row.n:,} {who} {verb} ({_percent(row.rate)}) and "
        f"{row.reference_selected:,} of {row.reference_n:,} {base} "
        f"({_percent(row.reference_rate)}), a ratio of {_ratio(row.impact_ratio, lines)}"
    )
    return {**made, "text": f"{head}: {_tail(row, lines)}", "limits": _LIMITS[row.conclusion]}


def flag_sentence(row: Comparison, lines: Lines, verb: str = "were selected") -> dict[str, Any]:
    """Return the same with the flag of the Uniform Guidelines' practice in front of it."""
    made = plain_sentence(row, lines, verb)
    if not made["text"]:
        return made
    flag = FLAGS[row.conclusion]
    if row.too_few:
        flag = "too few to conclude: one selection would reverse it"
    return {**made, "flag": flag, "text": f"{flag[0].upper()}{flag[1:]}. {made['text']}"}


def _tail(row: Comparison, lines: Lines) -> str:
    line = _line(lines)
    size = f"below {line}" if row.below_four_fifths else f"not below {line}"
    if row.impact_ratio is not None and row.impact_ratio > 1:
        return f"{group_words(row.group)} are not behind."
    if row.too_few:
        return (
            f"{size}. The numbers are too small to conclude: one selection made the other way "
            "would reverse it."
        )
    if row.sd_pooled is None:
        return f"{size}. No test is possible: {row.reason}."
    chance = _chance(row, lines)
    if row.conclusion == "D" and row.small_numbers:
        return f"{size}, and {chance}. The numbers are small: a gap could be there unseen."
    more = row.extra_selections_to_change
    if row.conclusion in {"A", "B", "C"} and more:
        who = group_words(row.group)
        plural = "" if more == 1 else "s"
        return f"{size}, and {chance}. {more:,} more selection{plural} of {who} would change that."
    return f"{size}, and {chance}."


def _chance(row: Comparison, lines: Lines) -> str:
    if row.test == "fisher exact":
        p = row.fisher_p or 0.0
        chance = f"about {p:.0%}" if p >= 0.01 else "less than 1 %"
        often = f"chance alone gives a gap like this or a larger one {chance} of the time"
        return f"{often} (Fisher's exact test, p = {p:.2g})"
    sds = abs(row.sd_pooled or 0.0)
    if row.significant:
        return (
            f"the gap is {sds:.2f} standard deviations, {lines.sds:g} or more: rarely chance alone"
        )
    return (
        f"the gap is {sds:.2f} standard deviations, fewer than {lines.sds:g}: chance could make it"
    )


def strata_sentence(row: Stratified, stratum: str, lines: Lines) -> dict[str, Any]:
    """Return one sentence on a comparison within strata, and the warning where pooling deceives."""
    who, base = group_words(row.group), group_words(row.reference)
    made: dict[str, Any] = {"group": list(row.group), "stratum": stratum}
    if row.sd_mantel_haenszel is None:
        return {**made, "text": f"{who}: not computable within {stratum}, {row.reason}."}
    side = "fewer" if row.shortfall_expected > 0 else "more"
    text = (
        f"Within {stratum}, {abs(row.shortfall_expected):,.1f} {side} {who} were selected than the "
        f"rates there lead one to expect beside {base} ({row.observed:,.0f} of "
        f"{row.expected:,.1f} expected; {abs(row.sd_mantel_haenszel):.2f} standard deviations)."
    )
    if row.simpson and row.sd_pooled is not None:
        ahead = "behind" if row.sd_pooled > 0 else "ahead"
        text += (
            f" Simpson warning: all together, {who} are {abs(row.sd_pooled):.2f} standard "
            f"deviations {ahead}. The two disagree; the strata say more."
        )
    if row.strata_differ:
        text += (
            f" The strata differ (p = {row.homogeneity_p:.2g}); the common value hides this: read "
            "them one by one."
        )
    return {
        **made,
        "text": text,
        "limits": "It does not show why people are in the strata they are in.",
    }


def _line(lines: Lines) -> str:
    limit = exact_threshold(lines.ratio)
    return str(limit) if limit.denominator < 20 else f"{float(limit):g}"


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f} %"


def _ratio(value: float, lines: Lines) -> str:
    """Return a ratio with as many decimals as show on which side of the line it lies."""
    line = float(exact_threshold(lines.ratio))
    for digits in range(3, 12):
        text = f"{value:.{digits}f}"
        if (float(text) < line) == (value < line):
            return text
    return repr(value)
