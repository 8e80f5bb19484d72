"""Policies: thresholds as data, read strictly."""

from pathlib import Path

import pytest

from auditkit import Policy, RequestError
from auditkit.metrics import METRICS

TEXT = (Path(__file__).parent.parent / "auditkit" / "default_policy.toml").read_text("utf-8")
HEAD, DATA = TEXT[: TEXT.index("[[rules]]")], TEXT[TEXT.index("[data]") :]


@pytest.fixture
def read(tmp_path):
    def reader(text):
        path = tmp_path / "policy.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Policy.read(path)

    return reader


def changed(old, new, text=TEXT):
    assert old in text
    return text.replace(old, new)


def test_the_default_policy_draws_the_lines_it_says():
    policy = Policy.default()
    assert (policy.name, policy.level, policy.alpha) == ("default", 0.95, 0.05)
    assert (policy.min_group, policy.reference_min_share) == (30, 0.02)  # 29 CFR 1607.15A: 2 %
    assert policy.rule_for("base_rate") == policy.rule_for("selection_rate")
    assert policy.rule_for("selection_rate").threshold == 0.8  # 29 CFR 1607.4D
    assert policy.rule_for("selection_rate").kind == "ratio"
    assert policy.rule_for("true_positive_rate").kind == "difference"
    assert policy.rule_for("accuracy") is None


def test_no_metric_and_its_complement_are_both_judged():
    judged = {name for rule in Policy.default().rules for name in rule.metrics}
    assert not [name for name in judged if METRICS[name].complement in judged]


def test_a_copy_of_the_default_file_is_the_default(read):
    assert read(TEXT) == Policy.default()
    policy = read(changed('name = "default"', 'name = "ours"'))
    assert (policy.name, policy.rules) == ("ours", Policy.default().rules)
    assert Policy.from_dict(policy.to_dict()) == policy
    assert read(changed("threshold = 0.8", "threshold = 1")).rules[0].threshold == 1.0


def test_a_rule_may_be_left_out(read):
    assert read(HEAD + DATA).rules == ()


def refused(read, text, message):
    with pytest.raises(RequestError, match=message) as raised:
        read(text)
    assert str(raised.value).startswith("policy policy.toml")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("alpha =", "alhpa ="), r"unknown key 'alhpa' \(did you mean 'alpha'\?\)"),
        (
            changed("proxy_strength", "proxy_stength"),
            r"unknown key 'proxy_stength' .*proxy_strength",
        ),
        ("", r"missing 'name', 'level'.*; start from the default policy"),
        (changed("min_group = 30\n", ""), "missing 'min_group'; start from the default policy"),
        (changed("level = 0.95", "level = 1.0"), r"level is 1.0; it must lie between 0 and 1"),
        (changed("level = 0.95", "level = 95"), "level is 95; it must lie between 0 and 1"),
        (changed("alpha = 0.05", "alpha = 0"), "alpha is 0; it must lie between 0 and 1"),
        (changed("alpha = 0.05", "alpha = nan"), "alpha is nan; it must lie between 0 and 1"),
        (changed("alpha = 0.05", 'alpha = "0.05"'), r"alpha is 0.05; it must be a number"),
        (changed("alpha = 0.05", "alpha = true"), "alpha is True; it must be a number"),
        (
            changed("min_group = 30", "min_group = -1"),
            "min_group is -1; .* whole number, 0 or more",
        ),
        (changed("min_group = 30", "min_group = 2.5"), r"min_group is 2.5; .* whole number"),
        (changed("threshold = 0.8", "threshold = 0"), "threshold is 0; it must be above 0"),
        (changed("threshold = 0.8", "threshold = 80"), "threshold is 80; it must lie between"),
        (changed('kind = "ratio"', 'kind = "rate"'), "kind is 'rate'; use 'ratio' or 'difference'"),
        (
            changed('"base_rate",', '"base_rat",'),
            r"no metric 'base_rat' \(did you mean 'base_rate'",
        ),
        (
            changed('title = "Four-fifths rule (29 CFR 1607.4D)"\n', ""),
            "needs exactly 'id', 'title'",
        ),
        (changed('id = "four-fifths"', 'id = "four-fifths"\nextra = 1'), "needs exactly 'id'"),
        ("x = ", "policy policy.toml is not valid TOML"),
        (b"\xff\xfe", "policy policy.toml is not valid TOML"),
    ],
)
def test_what_a_policy_cannot_say(read, text, message):
    refused(read, text, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("min_group = 30", "min_group = inf"), r"min_group is inf; .* whole number"),
        (changed("fisher_max = 10000", "fisher_max = nan"), r"fisher_max is nan; .* whole number"),
        (changed('["base_rate", "selection_rate"]', '"base_rate"'), "metrics must be a list"),
        (changed('id = "four-fifths"', "id = 1"), "id must be text"),
        (changed('name = "default"', "name = 1"), "name must be text"),
        (HEAD + "[[data]]\nx = 1", r"\[data\] must be a table"),
        (HEAD + "rules = 1\n" + DATA, r"\[\[rules\]\] must be a list of tables"),
    ],
)
def test_what_a_policy_should_not_be_able_to_say(read, text, message):
    refused(read, text, message)


def test_no_such_file(tmp_path):
    with pytest.raises(RequestError, match=r"policy none.toml: No such file"):
        Policy.read(tmp_path / "none.toml")
    with pytest.raises(RequestError, match="policy "):
        Policy.read(tmp_path)
