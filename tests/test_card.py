"""The dataset card: what the audit fills, what people fill, and what is never told."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit import RequestError
from auditkit.card import (
    BLANK,
    PEOPLE,
    QUESTIONS,
    SECTIONS,
    card_of,
    people_say,
    to_croissant,
    to_markdown,
)
from auditkit.federation import tally_of

SECRET = "Zanzibar-4711"


def people_frame():
    rng = np.random.default_rng(3)
    n = 400
    frame = pd.DataFrame(
        {
            "sex": ["Female"] * 180 + ["Male"] * 214 + ["female "] * 3 + [None] * 3,
            "region": rng.choice(["north", "south"], n),
            "age": rng.integers(18, 66, n),
            "hired": rng.choice(["no", "yes"], n),
            "points": rng.normal(50, 10, n).round(2),
            "note": [f"{SECRET} {i}" for i in range(n)],
            "town": rng.choice([SECRET, "Elsewhere"], n),
        }
    )
    frame.loc[:79, "points"] = None
    return frame


def record_of(frame=None, **options):
    roles = {
        "label": "hired", "protected": ["sex", "age"], "strata": ["region"],
        "bins": {"age": [25, 40]}, "ignore": ["note"],
    } | options  # fmt: skip
    data = auditkit.load(people_frame() if frame is None else frame, **roles)
    return json.loads(auditkit.profile(data).to_json())


@pytest.fixture(scope="module")
def record():
    return record_of()


def section(text, heading):
    """Return what stands under a question."""
    return text.split(f"### {heading}\n\n", 1)[1].split("\n\n#", 1)[0]


# ---- what is filled -----------------------------------------------------------------------------


def test_the_seven_sections_and_every_question_in_order(record):
    text = to_markdown(record)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(SECTIONS)
    assert re.findall(r"^### (.+)$", text, re.MULTILINE) == [q.text for q in QUESTIONS]
    assert SECTIONS[1:] == (  # those of Gebru et al. (2021)
        "Motivation", "Composition", "Collection process", "Preprocessing, cleaning, labelling",
        "Uses", "Distribution", "Maintenance",
    )  # fmt: skip


def test_the_audit_fills_what_it_knows(record):
    text = to_markdown(record)
    assert section(text, "How many rows, people and columns are there?") == (
        "400 rows, 400 people, 7 columns."
    )
    columns = section(text, "What is recorded of each person?")
    assert "| points | feature | numeric | 20.0 % |" in columns
    assert "| note | ignored |" in columns
    outcome = section(text, "What is the outcome, and how was it decided?")
    yes = int((people_frame().hired == "yes").sum())
    assert f"{yes} of 400 people have it ({yes / 4:.1f} %)." in outcome
    assert "points (20.0 %), sex (0.8 %)" in section(text, "What is missing?")
    assert "age was cut into bands at 25, 40." in section(
        text, "What did the audit do to the data?"
    )
    assert "Protected attributes: sex, age." in text
    assert "'Female', 'female ' look alike" in section(
        text, "Are there errors, noise or repetitions?"
    )
    assert "Columns that look like identifiers: note." in text
    assert "not legal advice" in section(text, "What does the audit warn of?").casefold()


def test_people_fill_the_rest_and_the_meter_counts_both(record):
    empty = to_markdown(record)
    assert text_of_meter(empty) == (14, 50, 14, 14, 0, 36, 36)
    assert empty.count(f"> **{BLANK}**") == 36 == len(PEOPLE)
    said = {
        **record,
        "card": {"title": "Hiring 2025", "purpose": ["First.", "Second."], "label": "By HR."},
    }
    text = to_markdown(said)
    assert text.startswith("# Dataset card: Hiring 2025\n")
    assert text_of_meter(text) == (17, 50, 14, 14, 3, 36, 33)
    assert section(text, "For what purpose was it made?") == "First.\n\nSecond."
    answered = section(text, "What is the outcome, and how was it decided?")
    assert answered.endswith("By HR.")
    assert BLANK not in answered
    assert "| Motivation | – | 1 of 3 |" in text


def text_of_meter(text):
    (line,) = re.findall(r"^\*\*Completeness\*\* .*$", text, re.MULTILINE)
    return tuple(map(int, re.findall(r"\d+", line)))


def test_counts_alone_fill_what_counts_can():
    data = auditkit.load(people_frame(), label="hired", protected=["sex"])
    counted = tally_of(data, created="2026-01-01T00:00:00Z")
    text = to_markdown(auditkit.profile(counted).to_dict())
    assert section(text, "What is recorded of each person?") == "Not known to this audit."
    assert text_of_meter(text)[2:4] == (12, 14)


# ---- what is never told -------------------------------------------------------------------------


def test_no_rows_and_no_values_of_other_columns(record):
    for text in (to_markdown(record), to_croissant(record)):
        assert SECRET not in text
        assert "Elsewhere" not in text
        assert "Female" in text
    assert "north" not in to_croissant(record)


def test_groups_of_few_people_are_not_told(record):
    text = to_markdown(record)
    table = section(text, "Which groups of people are in it, and how large are they?")
    assert "| Female | 180 | 45.0 % |" in table
    assert "| female | not told | not told |" in table  # 3
    assert "| (missing) | not told | not told |" in table.replace("\\", "")  # 3
    # one group alone would follow from the total: then the next smallest is not told either
    frame = people_frame().replace({"sex": {"female ": "Female"}})
    one = section(
        to_markdown(record_of(frame)),
        "Which groups of people are in it, and how large are they?",
    )
    assert "| Female | not told | not told |" in one
    assert "| Male | 214 | 53.5 % |" in one
    assert "| Female | 183" not in one
    smallest = section(text, "Can people be told apart or named?")
    assert "leave a smallest group of fewer than 5 people" in smallest
    crossed = section(text, "How small do groups become when they are crossed?")
    assert not re.search(r"\(([1-4])\)", crossed)


HOSTILE = [
    "a|b", "<script>alert(1)</script>", "`code`", "**bold**", "[x](http://evil.example)",
    "![x](http://evil.example/i.png)", "line\n# heading", "- item", "1. item", "\u202eevil",
    "http://evil.example", "www.evil.example", "&lt;", "\\", "a_b_c", "~~x~~", "$x$",
]  # fmt: skip


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_stay_text(evil):
    frame = people_frame()[["sex", "hired", "points"]].rename(columns={"sex": evil})
    frame[evil] = frame[evil].map({"Female": evil, "Male": "Male"})
    made = record_of(frame, protected=[evil], strata=[], bins={}, ignore=[])
    made["card"] = {"title": evil, "purpose": evil}
    text = to_markdown(made)
    assert "\u202e" not in text
    assert not re.search(r"(?<!\\)<(?!$)", text)  # no HTML
    assert not re.search(r"(?<!\\)`", text)
    assert not re.search(r"(?<!\\)\]\(", text)  # no link, no picture
    assert not re.search(r"http:|www\.(?!\w*\\)", text)
    assert re.findall(r"^#+ .*$", text, re.MULTILINE)[1:] == [
        line
        for name in SECTIONS
        for line in (
            f"## {name}",
            *(f"### {q.text}" for q in QUESTIONS if q.section == name),
        )
    ]
    for line in text.splitlines():
        assert not re.match(r"\s*([-+]|\d+[.)])\s", line), line  # no list
        if line.startswith("|"):  # a cell cannot end its cell
            assert len(re.findall(r"(?<!\\)\|", line)) in {4, 5}, line
    json.loads(to_croissant(made))


# ---- Croissant ----------------------------------------------------------------------------------

REQUIRED = {"name", "description", "license", "url", "creator", "datePublished", "distribution"}
RAI_ONE = {
    "dataCollection", "dataCollectionMissingData", "dataCollectionRawData", "dataSocialImpact",
    "dataReleaseMaintenancePlan",
}  # fmt: skip
RAI_MANY = {
    "dataPreprocessingProtocol", "dataAnnotationProtocol", "personalSensitiveInformation",
    "dataBiases", "dataLimitations", "dataUseCases", "dataCollectionTimeframe",
}  # fmt: skip
SAID = {
    "title": "Hiring 2025", "description": "Applications.", "creator": "ACME",
    "license": "https://creativecommons.org/licenses/by/4.0/", "url": "https://example.org/d",
    "date_published": "2026-01-31", "version": "1.0.0", "citation": "@misc{hiring}",
    "keywords": ["hiring", "audit"], "timeframe": "2024/2025", "acquisition": "An export.",
    "uses": "Audits.", "unsuitable": "Training.", "publisher": "ACME", "impact": "Small.",
}  # fmt: skip


def check_structure(made):
    """Hold a file against the tables of the Croissant 1.0 and RAI 1.0 specifications.

    The same two files (with and without what people say, for a CSV on disk) were loaded once with
    mlcroissant 1.1.1: no error; the only warnings were of `license`, `citeAs`, `datePublished` and
    `version` where nobody had told them; and it read the rows of the CSV through the record set,
    numbers as floats and everything else as text.
    """
    assert made["@type"] == "sc:Dataset"
    assert made["conformsTo"][0] == "http://mlcommons.org/croissant/1.0"
    assert made["@context"]["cr"] == "http://mlcommons.org/croissant/"
    assert made["@context"]["rai"] == "http://mlcommons.org/croissant/RAI/"
    ids = {item["@id"] for item in made.get("distribution", [])}
    for item in made.get("distribution", []):
        assert item["@type"] == "cr:FileObject"
        assert re.fullmatch(r"[0-9a-f]{64}", item["sha256"])
        assert item["contentUrl"]
        assert item["encodingFormat"] == "text/csv"
        assert re.fullmatch(r"\d+ B", item["contentSize"])
    for rows in made.get("recordSet", []):
        assert rows["@type"] == "cr:RecordSet"
        assert "data" not in rows
        assert "examples" not in rows
        for column in rows["field"]:
            assert column["@type"] == "cr:Field"
            assert column["@id"].startswith(rows["@id"] + "/")
            assert column["@id"] not in ids
            ids.add(column["@id"])
            assert column["dataType"] in {"sc:Text", "sc:Float", "sc:Date"}
            assert column["source"]["fileObject"]["@id"] in ids
            assert column["source"]["extract"] == {"column": column["name"]}
    for key, value in made.items():
        if key.startswith("rai:"):
            name = key.removeprefix("rai:")
            assert name in RAI_ONE | RAI_MANY
            assert isinstance(value, str if name in RAI_ONE else list), key
            assert value
    told = {item["name"]: item["value"] for item in made["additionalProperty"]}
    left = told["required properties to be completed"]
    assert set(left.split(", ")) - {"none"} == REQUIRED - set(made)
    return told


def test_croissant_has_the_structure_of_its_specification(tmp_path):
    path = tmp_path / "people.csv"
    people_frame().to_csv(path, index=False)
    made = record_of(path)
    plain = json.loads(to_croissant(made))
    told = check_structure(plain)
    assert told["card entries filled by the audit"] == 14
    assert told["required properties to be completed"] == "license, url, creator, datePublished"
    assert plain["name"] == "people"
    assert plain["distribution"][0]["sha256"] == made["data"]["sha256"]
    assert [column["name"] for column in plain["recordSet"][0]["field"]] == list(people_frame())
    assert "sex: Female, Male, female , (missing)" in plain["rai:personalSensitiveInformation"]
    full = json.loads(to_croissant({**made, "card": SAID}))
    assert check_structure(full)["required properties to be completed"] == "none"
    assert full["rai:dataCollectionTimeframe"] == ["2024", "2025"]
    assert full["license"] == [SAID["license"]]
    assert full["creator"] == [{"@type": "sc:Organization", "name": "ACME"}]
    assert full["rai:dataLimitations"][-1] == "Training."


def test_croissant_of_a_frame_names_no_file(record):
    made = json.loads(to_croissant(record))
    told = check_structure(made)
    assert "distribution" not in made
    assert "recordSet" not in made
    assert "distribution" in told["required properties to be completed"]


def test_flags_are_biases_and_what_is_open_is_a_limitation(shared_data):
    data = auditkit.load(
        shared_data / "resume_audit.csv", label="received_callback", protected=["race", "gender"]
    )
    made = json.loads(to_croissant(auditkit.profile(data).to_dict()))
    assert any(
        text.startswith("race: black has the outcome at 0.67") for text in made["rai:dataBiases"]
    )
    assert "firstname gives race away" in made["rai:dataBiases"]
    text = to_markdown(auditkit.profile(data).to_dict())
    assert "firstname gives race away" in section(
        text, "Which columns are sensitive, or give such a one away?"
    )
    for name in ("Tamika", "Allison", "other_service"):  # values of a feature
        assert name not in text


# ---- how it is asked for ------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path, monkeypatch):
    people_frame().to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "audit.toml").write_text(
        'data = "people.csv"\nlabel = "hired"\nprotected = ["sex"]\n[card]\n'
        'file = ["card.md", "card.json"]\ntitle = "Hiring | 2025"\ndate_published = 2026-01-31\n'
        'version = 2\nkeywords = ["hiring"]\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    return tmp_path


def test_a_card_is_written_with_the_audit_and_again_from_its_record(desk, auditkit_main):
    code, _, err = auditkit_main("profile", "audit.toml", "--json", "a.json")
    assert code == 0
    assert err.splitlines() == ["Wrote a.json", "Wrote card.md", "Wrote card.json"]
    assert "# Dataset card: Hiring \\| 2025" in (desk / "card.md").read_text()
    assert json.loads((desk / "card.json").read_text())["datePublished"] == "2026-01-31"
    code, _, err = auditkit_main("report", "a.json", "--card", "b.md", "--card", "b.json")
    assert (code, err) == (0, "Wrote b.md\nWrote b.json\n")
    for kind in ("md", "json"):
        assert (desk / f"b.{kind}").read_bytes() == (desk / f"card.{kind}").read_bytes()
    record = json.loads((desk / "a.json").read_text())
    assert record["card"] == {
        "title": "Hiring | 2025", "date_published": "2026-01-31", "version": "2",
        "keywords": ["hiring"],
    }  # fmt: skip
    del record["card"]  # as before there were cards
    (desk / "old.json").write_text(json.dumps(record))
    assert auditkit_main("report", "old.json", "--card", "c.md")[0] == 0
    auditkit.Audit.read("a.json").write_card("d.md")
    assert (desk / "d.md").read_bytes() == (desk / "card.md").read_bytes()
    assert auditkit_main("profile", "audit.toml", "--card", "e.jsonld", "-q") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--card", "x.txt"], "--card x.txt: name a file that ends in .md or .json"),
        (["--card", "-"], "name a file that ends in .md or .json"),
        (["--card", "x.md", "--card", "./x.md"], "--card and another output both name x.md"),
        (["--card", "x.json", "--json", "x.json"], "both name x.json"),
        (["--card", "no/x.md"], "no such folder"),
        (["--card", "people.csv/x.md"], "people.csv"),
    ],
)
def test_a_card_that_cannot_be_written_stops_before_any_work(
    arguments, message, desk, auditkit_main
):
    before = sorted(path.name for path in desk.iterdir())
    code, out, err = auditkit_main("profile", "people.csv", "--protected", "sex", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert sorted(path.name for path in desk.iterdir()) == before


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"purpos": "x"}, r"no question 'purpos' \(did you mean 'purpose'\?\)"),
        ({"size": "x"}, "no question 'size'"),
        ({"purpose": {"a": 1}}, "write text, or a list of text"),
        ({"purpose": True}, "write text, or a list of text"),
        ({"purpose": ["a", ["b"]]}, "write text, or a list of text"),
    ],
)
def test_what_people_cannot_say(table, message):
    with pytest.raises(RequestError, match=message):
        people_say(table)


def test_a_report_without_anything_to_write(desk, auditkit_main):
    assert auditkit_main("profile", "audit.toml", "--json", "a.json", "-q")[0] == 0
    code, _, err = auditkit_main("report", "a.json")
    assert (code, "nothing to write" in err) == (2, True)
    with pytest.raises(RequestError, match="ends in"):
        card_of({}, "x.pdf")
