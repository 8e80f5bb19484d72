"""auditkit init: a first audit.toml, from the names and the values of a table."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import environment
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditkit import RequestError, load
from auditkit.proposal import audit_toml, propose, that_runs
from auditkit.proposal.meanings import favourable, told_by_values, unlike
from auditkit.proposal.names import ATTRIBUTES, HARMS, LABELS, words_of
from auditkit.proposal.written import quoted, setting

# What the README of the data says of each table, and what init makes of it. Where the two differ,
# a comment says how, and docs/cli.md says so too.
KNOWN = {
    "adult_test.csv.gz": {
        "label": "income", "positive": ">50K",
        # native-country: 41 groups would cross to too many cells of these 16,281 rows
        "protected": ["sex", "race", "age", "marital-status"],
        "bins": {"age": [25, 40, 60]}, "weight": "fnlwgt",
    },
    "adult_train.csv.gz": {
        "label": "income", "positive": ">50K",
        "protected": ["sex", "race", "age", "native-country"],
        "bins": {"age": [25, 40, 60]}, "weight": "fnlwgt",
    },
    "german_credit.csv": {
        "label": "class", "positive": "good", "protected": ["sex", "age", "foreign_worker"],
        "bins": {"age": [25, 40, 60]}, "strata": ["job"],
    },
    "compas_two_years.csv.gz": {
        "label": "two_year_recid", "positive": "1", "unfavorable": True,
        "protected": ["sex", "race", "age_cat"], "ignore": ["id"],
    },
    "resume_audit.csv": {
        "label": "received_callback", "positive": "1", "protected": ["gender", "race"],
        "ignore": ["job_ad_id"],
    },
    "berkeley_admissions.csv": {
        "label": "admit", "positive": "Admitted", "protected": ["gender"], "strata": ["dept"],
    },
    "berkeley_admissions_counts.csv": {
        "label": "admit", "positive": "Admitted", "protected": ["gender"], "strata": ["dept"],
        "count": "freq",
    },
    "titanic.csv": {
        "label": "survived", "positive": "yes", "protected": ["sex", "age", "passengerClass"],
        "bins": {"age": [25, 40]},
    },
    "loanapp.csv": {
        "label": "approve", "positive": "1",
        "protected": ["male", "black", "hispan", "white", "married"],
        "ignore": ["action", "reject"],
    },
    "acs2012_sample.csv": {
        "label": "employment", "positive": "employed",
        # lang and married: crossed with the others they would be too many groups for 2,000 rows
        "protected": ["gender", "race", "age", "citizen", "disability"],
        "bins": {"age": [25, 40, 60]},
    },
    "recruitment_utrecht.csv": {
        "label": "decision", "positive": "TRUE", "protected": ["gender", "age", "nationality"],
        "bins": {"age": [25]}, "strata": ["company"], "ignore": ["Id"],
    },
    "ricci_promotions.csv": {
        # Combine decides who is promoted, but has 113 values: leakage, found by the audit, not here
        "label": "Promoted", "positive": "1", "protected": ["Race"], "strata": ["Position"],
    },
    "promotion_experiment_1974.csv": {
        "label": "decision", "positive": "promoted", "protected": ["gender"],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_real_tables_are_proposed_as_their_readme_has_them(
    name, shared_data, tmp_path, auditkit_main
):
    target = tmp_path / "audit.toml"
    code, out, err = auditkit_main("init", shared_data / name, "-o", target)
    assert (code, err.splitlines()[0]) == (0, f"Wrote {target}")
    assert out.startswith("auditkit audit ")
    written = tomllib.loads(target.read_text("utf-8"))
    path = written.pop("data")
    assert (tmp_path / path).resolve() == (shared_data / name).resolve()
    assert written == KNOWN[name]
    if name != "adult_train.csv.gz":  # the same columns as adult_test, and slow
        code, out, _ = auditkit_main("profile", target)
        assert code == 0
        assert f"outcome {written['label']} = {written['positive']}" in out


def test_a_table_without_people_says_what_to_name(shared_data, tmp_path, auditkit_main):
    target = tmp_path / "audit.toml"
    code, out, err = auditkit_main("init", shared_data / "reference_population.csv", "-o", target)
    assert (code, out) == (2, "")
    assert "no column looks like a protected attribute: name at least one with --protected" in err
    assert not target.exists()


def test_the_sample_gets_a_reason_for_every_line(sample_data, auditkit_main):
    code, out, err = auditkit_main("init", sample_data / "hiring.csv", "-o", "-")
    assert (code, err) == (0, "")
    assert '# named like an outcome; holds no (4,223), yes (1,777)\nlabel = "hired"' in out
    assert '  "gender",  # named like sex; Male (4,524), Female (1,268)' in out
    assert '  "applicant_id",  # every value differs: an id, not a feature' in out
    settings_ = [line for line in out.splitlines() if " = " in line and not line.startswith("#")]
    assert settings_[0].startswith('data = "')
    for line in settings_[1:]:
        before = out.splitlines()[out.splitlines().index(line) - 1]
        assert before.startswith("#") or line.endswith("["), line


def write(tmp_path, frame, name="people.csv"):
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    return path


def people(**columns):
    rng = np.random.default_rng(1)
    base = {"sex": rng.choice(["F", "M"], 200), "hired": rng.choice(["no", "yes"], 200)}
    return pd.DataFrame({**base, **columns})


def roles(path, **named):
    return that_runs(propose(str(path), named=named)).roles()


def test_what_is_named_wins(tmp_path, auditkit_main):
    frame = people(race=["a", "b"] * 100, site=["x", "y"] * 100, ok=["A", "B"] * 100)
    path = write(tmp_path, frame)
    assert roles(path)["label"] == "hired"
    found = roles(path, label="ok", positive="A", protected=("race",), strata=("sex",))
    assert found == {
        "label": "ok", "positive": "A", "protected": ["race"], "strata": ("sex",),
    } | {"protected": ("race",)}  # fmt: skip
    code, out, _ = auditkit_main(
        "init", path, "-o", "-", "--reference", "sex=M", "--stage", "hired", "--stage", "done=ok:A",
        "--population", tmp_path / "p.csv", "--delimiter", ",", "--unfavorable",
    )  # fmt: skip
    assert code == 2  # there is no such population file: what was named is checked as well
    code, out, _ = auditkit_main(
        "init", path, "-o", "-", "--reference", "sex=M", "--delimiter", ",", "--unfavorable",
        "--stage", "hired", "--stage", "done=ok:A",
    )  # fmt: skip
    written = tomllib.loads(out)
    assert written["reference"] == {"sex": "M"}
    assert written["stages"] == ["hired", "done=ok:A"]
    assert written["delimiter"] == ","
    assert written["unfavorable"] is True


def test_a_value_that_nothing_tells_must_be_named(tmp_path, auditkit_main):
    path = write(tmp_path, people(hired=["A", "B"] * 100))
    code, _, err = auditkit_main("init", path, "-o", tmp_path / "a.toml")
    assert code == 2
    assert "the outcome seems to be 'hired', which holds 'A', 'B': say which value is the" in err
    assert not (tmp_path / "a.toml").exists()
    assert roles(path, positive="B")["positive"] == "B"


def test_without_an_outcome_the_file_is_for_profile(tmp_path, auditkit_main):
    path = write(tmp_path, people(points=range(200)).drop(columns="hired"))
    code, out, _ = auditkit_main("init", path, "-o", tmp_path / "a.toml")
    assert (code, out) == (0, f"auditkit profile {tmp_path / 'a.toml'} -o report.html\n")
    assert auditkit_main("profile", tmp_path / "a.toml", "-q")[0] == 0


def test_nothing_is_overwritten_unasked(tmp_path, auditkit_main, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, people())
    assert auditkit_main("init", "people.csv")[0] == 0
    first = (tmp_path / "audit.toml").read_text()
    assert tomllib.loads(first)["data"] == "people.csv"
    (tmp_path / "audit.toml").write_text("# mine\n")
    code, _, err = auditkit_main("init", "people.csv")
    assert (code, "audit.toml is there already" in err) == (2, True)
    assert (tmp_path / "audit.toml").read_text() == "# mine\n"
    assert auditkit_main("init", "people.csv", "--force")[0] == 0
    assert (tmp_path / "audit.toml").read_text() == first
    code, _, err = auditkit_main("init", path, "-o", path, "--force")
    assert (code, "would overwrite the input" in err) == (2, True)
    (tmp_path / "sub").mkdir()
    assert auditkit_main("init", "people.csv", "-o", "sub/audit.toml", "-q") == (0, "", "")
    assert tomllib.loads((tmp_path / "sub/audit.toml").read_text())["data"] == "../people.csv"
    assert auditkit_main("profile", "sub/audit.toml", "-q")[0] == 0


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ("audit.toml", "audit.toml"),
        ("sub/other.toml", "other.toml"),
        ("-", "audit.toml"),
        ("a b.toml", "'a b.toml'"),
        ("x\n[bins]\u202e.toml", "'x\\n[bins]\\u202e.toml'"),
    ],
)
def test_the_file_says_how_it_is_run_by_its_own_name(
    output, named, tmp_path, auditkit_main, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    write(tmp_path, people())
    code, out, err = auditkit_main("init", "people.csv", "-o", output, "-q")
    assert (code, err) == (0, "")
    text = out if output == "-" else Path(output).read_text(encoding="utf-8")
    assert f"# Run it:  auditkit audit {named} -o report.html\n" in text
    assert tomllib.loads(text)["label"] == "hired"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("-", "name a table that can be read again"),
        ("audit.toml", "name a table that can be read again"),
        ("nothing.csv", "no such file"),
        ("postgresql://ann:pa55@db/hr", "the URL holds a password"),
    ],
)
def test_what_cannot_be_looked_at(source, message, auditkit_main):
    code, _, err = auditkit_main("init", source, "-o", "-")
    assert code == 2
    assert message in err
    assert "pa55" not in err


def test_a_pattern_and_large_files_are_read_by_the_engine(tmp_path):
    for part in range(3):
        write(tmp_path, people(part=part), f"part-{part}.parquet")
    found = that_runs(propose(str(tmp_path / "part-*.parquet")))
    assert found.table.rows == 600
    assert found.roles()["protected"] == ["sex"]
    assert tomllib.loads(audit_toml(found, str(tmp_path)))["data"] == "part-*.parquet"


# ---- what is told from names and values ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("Geschlecht", "sex"), ("sexe", "sex"), ("Género", "sex"), ("genere_sesso", "sex"),
        ("kön", "sex"), ("ApplicantGender", "sex"), ("性别", "sex"), ("пол", "sex"),
        ("Rasse", "race"), ("raça/cor", "race"), ("ethnic_group", "race"), ("hispan", "race"),
        ("Alter", "age"), ("edad", "age"), ("YearOfBirth", "age"), ("Geburtsjahr", "age"),
        ("âge", "age"), ("vehicle_age", None), ("age_of_account", None),
        ("MARRIAGE", "marital status"), ("Nationalitaet", "nationality"),
        ("Staatsangehörigkeit", "nationality"), ("nationalité", "nationality"),
        ("native-country", "nationality"), ("foreign_worker", "nationality"),
        ("Behinderung", "disability"), ("is_disabled", "disability"),
        ("Konfession", "religion"), ("religião", None), ("religious_affiliation", "religion"),
        ("Familienstand", "marital status"), ("estado_civil", "marital status"),
        ("sexual_orientation", "sexual orientation"), ("veteran_status", "military service"),
        ("mortgage", None), ("percentage", None), ("essex", None), ("engagement", None),
        ("image_score", None), ("sex_offender", None), ("grace_period", None),
    ],
)  # fmt: skip
def test_names_of_attributes_in_several_languages(name, attribute):
    found = {key: words.match(words_of(name)) for key, words in ATTRIBUTES.items()}
    hits = [key for key, hit in found.items() if hit]
    assert (hits[0] if hits else None) == attribute


def test_names_of_outcomes():
    for name in ("hired", "Einstellung", "loan_approved", "admis", "class", "y"):
        assert LABELS.match(words_of(name)), name
    for name in ("two_year_recid", "defaulted", "Absage", "rejected"):
        assert HARMS.match(words_of(name)), name
    for name in ("date_hired", "offer_letter_date", "years_experience", "classroom"):
        assert LABELS.match(words_of(name)) is None, name


def test_values_tell_the_event_and_the_attribute():
    assert favourable(["ja", "nein"])[0] == "ja"
    assert favourable(["not promoted", "promoted"])[0] == "promoted"
    assert favourable(["rejected", "hired", "withdrawn"])[0] == "hired"
    assert favourable(["2", "3"]) is None
    assert told_by_values(["Weiblich", "männlich", "divers"]) == "sex"
    assert told_by_values(["Catholic", "Muslim", "None"]) == "religion"
    assert told_by_values(["low", "high"]) is None
    assert unlike(["Female", "f", "Male", "M ", "x"]) == {"f": "Female", "M ": "Male"}


def test_attributes_are_found_by_their_values_where_no_name_tells_them(tmp_path):
    found = roles(write(tmp_path, people().rename(columns={"sex": "q7"})))
    assert found["protected"] == ["q7"]
    degree = people(c_charge_degree=["F", "M"] * 100)  # felony and misdemeanour
    assert roles(write(tmp_path, degree))["protected"] == ["sex"]


def test_a_column_of_stages_is_pointed_out(tmp_path):
    frame = people(stage=np.resize(["applied", "screen", "offer"], 200))
    others = propose(str(write(tmp_path, frame))).layout.others
    assert others[0].startswith("'stage' is named like the stage of a process; with stage_column")


def test_spellings_of_one_group_become_one(tmp_path, auditkit_main):
    sex = ["Female"] * 80 + ["Male"] * 60 + ["female "] * 10 + ["f"] * 20 + ["M"] * 30
    path = write(tmp_path, people(sex=sex))
    found = roles(path)
    assert found["values"] == {"sex": {"female ": "Female", "f": "Female", "M": "Male"}}
    assert auditkit_main("init", path, "-o", tmp_path / "a.toml")[0] == 0
    data = load(tmp_path / "a.toml")
    assert data.schema.values["sex"]["f"] == "Female"


def test_harms_weights_ids_and_repeats(tmp_path):
    rng = np.random.default_rng(2)
    frame = people(
        defaulted=rng.choice([0, 1], 200),
        height=rng.normal(170, 10, 200),
        weight=rng.normal(70, 10, 200),
        email=[f"person{i}@example.org" for i in range(200)],
    ).drop(columns="hired")
    frame["settled"] = 1 - frame.defaulted
    found = roles(write(tmp_path, frame))
    assert (found["label"], found["positive"], found["unfavorable"]) == ("defaulted", "1", True)
    assert "weight" not in found  # beside a height it is kilograms
    assert found["ignore"] == ["email", "settled"]
    weighted = people(survey_weight=rng.uniform(0.5, 2, 200))
    assert roles(write(tmp_path, weighted))["weight"] == "survey_weight"


def test_what_does_not_run_is_left_out_and_said(tmp_path, auditkit_main):
    """A weight below zero in a row that was not looked at does not stop the rest."""
    frame = pd.concat([people()] * 300, ignore_index=True)
    weights = np.random.default_rng(4).uniform(0.5, 2, len(frame))
    drawn = np.random.default_rng(0).choice(len(frame), 50_000, replace=False, shuffle=False)
    weights[next(place for place in range(len(frame)) if place not in set(drawn))] = -1.0
    path = write(tmp_path, frame.assign(sample_weight=weights), "people.parquet")
    found = propose(str(path))
    assert (found.table.looked_at, found.roles()["weight"]) == (50_000, "sample_weight")
    code, _, err = auditkit_main("init", path, "-o", tmp_path / "a.toml")
    assert code == 0
    assert "Left out, because it did not run: 'sample_weight': --weight 'sample_weight' has " in err
    text = (tmp_path / "a.toml").read_text()
    assert "# - 'sample_weight': --weight 'sample_weight' has negative values" in text
    assert "weight" not in tomllib.loads(text)
    assert auditkit_main("profile", tmp_path / "a.toml", "-q")[0] == 0


# ---- text from data -----------------------------------------------------------------------------

HOSTILE = [
    'sex"\nlabel = "x',
    "gender\x1b[31m", "race\u202egnp.exe", "sex ]\n[bins]\nage = 1", "age\u2028x",
    "gender \\ \\u0041", "sex'''", "gender\t\r", "#race", "sex = 1", "race\x7f", "sex\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_values_cannot_leave_their_string(name, tmp_path, auditkit_main):
    evil = ['no"\n[values]\n', "yes\n# "]
    frame = people().rename(columns={"sex": name})
    frame["hired"] = frame.hired.map(dict(zip(["no", "yes"], evil, strict=True)))
    path = write(tmp_path, frame, "people.parquet")
    target = tmp_path / "a.toml"
    code, _, err = auditkit_main(
        "init", path, "-o", target, "--protected", name, "--positive", evil[1]
    )
    assert code == 0, err
    text = target.read_text("utf-8")
    written = tomllib.loads(text)
    assert written["protected"] == [name]
    assert written["positive"] == evil[1]
    assert set(written) <= {"data", "label", "positive", "protected", "bins", "ignore"}
    assert not set("\x1b\x7f\u202e\u2028\U000e0041\r") & set(text)
    assert auditkit_main("profile", target, "-q")[0] == 0


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example('"\\\x00\x1f\x7f\u2029\U0010ffff')
@settings(max_examples=300)
def test_any_text_survives_a_string_a_key_and_a_comment(text):
    assert tomllib.loads(f"x = {quoted(text)}") == {"x": text}
    assert tomllib.loads(setting(text, [text], {text: text})) == {text: [text]}
    assert tomllib.loads(setting("k", text, text)) == {"k": text}


# ---- on a terminal ------------------------------------------------------------------------------


def on_a_terminal(arguments, answers, cwd):
    """Run the command with a terminal as standard input and error; return code and output."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "auditkit", *arguments], stdin=slave, stdout=subprocess.PIPE,
        stderr=slave, cwd=cwd, env=environment(),
    )  # fmt: skip
    os.close(slave)
    os.write(master, answers.encode())
    out = process.communicate(timeout=120)[0].decode()
    shown = b""
    try:
        while part := os.read(master, 65_536):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return process.returncode, out, shown.decode()


def test_on_a_terminal_it_asks_and_enter_takes_the_proposal(tmp_path):
    frame = people(race=["a", "b"] * 100, passed_test=["no", "yes", "no", "no"] * 50)
    write(tmp_path, frame)
    code, out, shown = on_a_terminal(["init", "people.csv"], "\n\n\n", tmp_path)
    assert code == 0, shown
    assert out == "auditkit audit audit.toml -o report.html\n"
    assert "Outcome column (- for none) [hired]" in shown
    assert "Protected attributes, separated by commas [sex, race]" in shown
    first = tomllib.loads((tmp_path / "audit.toml").read_text())
    assert first["label"] == "hired"
    assert first["protected"] == ["sex", "race"]
    answers = "pased_test\npassed_test\nno\nrace\n"
    code, _, shown = on_a_terminal(["init", "people.csv", "--force"], answers, tmp_path)
    assert code == 0, shown
    assert "no column 'pased_test' (did you mean 'passed_test'?)" in shown
    second = tomllib.loads((tmp_path / "audit.toml").read_text())
    assert (second["label"], second["positive"]) == ("passed_test", "no")
    assert second["protected"] == ["race"]


def test_a_request_that_names_a_column_that_is_not_there(tmp_path):
    path = write(tmp_path, people())
    for named in ({"label": "hird"}, {"protected": ("sx",)}):
        with pytest.raises(RequestError, match="did you mean"):
            propose(str(path), named=named)
