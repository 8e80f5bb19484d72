"""The public edition: an attacker who knows all that is printed cannot tell a masked small cell."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced
from jsonschema import Draft202012Validator
from scipy.optimize import Bounds, LinearConstraint, milp

import auditkit
from auditkit.bundle import Remade, bundle_files
from auditkit.disclosure import Item, System, public_record, withheld
from auditkit.errors import RequestError
from auditkit.record import SCHEMA_FILE, Audit
from auditkit.report import render
from auditkit.report.publication import render_summary

pytestmark = pytest.mark.usefixtures("fitted_once")

Main = Callable[..., tuple[int, str, str]]
K = 5


def possible(known: list[tuple[np.ndarray, float]], goal: np.ndarray) -> tuple[float, float]:
    """Return the least and the most of a sum of whole numbers, given sums that are known."""
    rows = np.array([row for row, _ in known])
    values = [value for _, value in known]
    ends = []
    for sign in (1, -1):
        found = milp(
            sign * goal,
            constraints=LinearConstraint(rows, values, values),
            integrality=np.ones(len(goal)),
            bounds=Bounds(0, np.inf),
        )
        assert found.status in {0, 3}, found.message
        ends.append(sign * found.fun if found.success else np.inf)
    return ends[0], ends[1]


# ---- the law, on random tables ------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_no_hidden_cell_of_a_random_table_can_be_told(seed: int) -> None:
    """Two-way tables with both margins and the total published; the attack is written here anew."""
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(2, 5, size=2))
    table = random.poisson(random.choice([2, 6, 30]), size=shape)
    cells = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
    atom = {cell: place for place, cell in enumerate(cells)}
    items = [Item(("cell", *c), frozenset({atom[c]}), int(table[c])) for c in cells]
    for i in range(shape[0]):
        inside = frozenset(atom[i, j] for j in range(shape[1]))
        items.append(Item(("row", i), inside, int(table[i].sum())))
    for j in range(shape[1]):
        inside = frozenset(atom[i, j] for i in range(shape[0]))
        items.append(Item(("column", j), inside, int(table[:, j].sum())))
    items.append(Item(("all",), frozenset(atom.values()), int(table.sum()), fixed=True))
    gone = withheld(System(tuple(int(table[c]) for c in cells), tuple(items)), K)
    known = [
        (np.array([float(a in item.atoms) for a in range(len(cells))]), item.value)
        for item in items
        if item.name not in gone
    ]
    for item in items:
        if 0 < item.value < K:
            assert item.name in gone
            if not known:
                continue
            goal = np.array([float(a in item.atoms) for a in range(len(cells))])
            low, high = possible(known, goal)
            assert low <= 1, (item.name, low, high)
            assert high >= K - 1, (item.name, low, high)


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    items = (
        Item(("a",), frozenset({0}), 9),
        Item(("b",), frozenset({1}), 12),
        Item(("all",), frozenset({0, 1}), 21, fixed=True),
    )
    assert withheld(System((9, 12), items), K) == set()


def test_one_small_cell_takes_another_with_it() -> None:
    items = (
        Item(("a",), frozenset({0}), 3),
        Item(("b",), frozenset({1}), 12),
        Item(("c",), frozenset({2}), 40),
        Item(("all",), frozenset({0, 1, 2}), 55, fixed=True),
    )
    assert withheld(System((3, 12, 40), items), K) == {("a",), ("b",)}


# ---- the attack on a whole edition --------------------------------------------------------------


def record(seed: int, *, scored: bool = False) -> Any:
    """Make an audit of few people, some groups and crossings of them very small."""
    random = np.random.default_rng(seed)
    n = 1200 if scored else 300
    frame = pd.DataFrame(
        {
            "sex": random.choice(["F", "M", "X", None], size=n, p=[0.45, 0.45, 0.05, 0.05]),
            "race": random.choice(["White", "Black", "Asian"], size=n, p=[0.7, 0.25, 0.05]),
            "score": np.round(random.random(n), 2),
        }
    )
    frame["hired"] = (random.random(n) < 0.2).astype(int)
    more = {"score": "score"} if scored else {}
    data = auditkit.load(frame, label="hired", protected=["sex", "race"], **more)
    told = {"stage": "label"} if not scored else {}
    return auditkit.audit(
        data, model="none", frameworks=["nyc_ll144", "ugesp", "uk_equality"], answers=told
    ).to_dict()


class Attack:
    """Collects every count that an edition prints, as sums over people of a crossed group."""

    def __init__(self, whole: Any, stage: Any) -> None:
        self.attributes = whole["counts"]["attributes"]
        self.cells: dict[tuple[Any, Any], int] = {}
        for group, event, n in self._of(whole, stage):
            self.cells[group, event] = self.cells.get((group, event), 0) + n
        groups = {group for group, _ in self.cells}
        self.atoms = [(g, e) for g in sorted(groups, key=str) for e in (1, 0, None)]
        self.known: list[tuple[np.ndarray, float]] = []

    def _of(self, whole: Any, stage: Any) -> Any:
        if isinstance(stage, str):
            for cell in whole["counts"]["cells"]:
                yield tuple(cell["group"]), cell[stage], cell["n"]
            return
        for cell in whole["compliance"][0]["cells"]:
            group = tuple(cell["group"])
            yield group, 1, cell["selected"]
            yield group, 0, cell["n"] - cell["selected"]
            yield group, None, cell["people"] - cell["n"]

    def vector(self, inside: Any) -> np.ndarray:
        return np.array([float(inside(group, event)) for group, event in self.atoms])

    def learn(self, vector: np.ndarray, value: float) -> None:
        truth = sum(self.cells.get(atom, 0) * v for atom, v in zip(self.atoms, vector, strict=True))
        assert truth == value, "the edition prints something that is not so"
        self.known.append((vector, value))

    def matches(self, attributes: Any, group: Any) -> Any:
        axes = [self.attributes.index(name) for name in attributes]
        return lambda g, _: tuple(g[axis] for axis in axes) == tuple(group)

    def learn_edition(self, edition: Any, entry: Any) -> None:
        self.learn(self.vector(lambda *_: True), edition["data"]["people"])
        for row in edition["representation"]:
            inside = self.matches(row["attributes"], row["group"])
            self.learn(self.vector(inside), row["count"])
        for table in entry["tables"]:
            for row in table["rows"]:
                if row.get("n") is None or "group" not in row:
                    continue
                inside = self.inside(entry, table, row)
                if inside is None:
                    continue
                seen = self.vector(lambda g, e, i=inside: i(g, e) and e is not None)
                self.learn(seen, row["n"])
                if row.get("selected") is not None:
                    self.learn(
                        self.vector(lambda g, e, i=inside: i(g, e) and e == 1), row["selected"]
                    )

    def inside(self, entry: Any, table: Any, row: Any) -> Any:
        if not table["kind"].startswith(("category", "unknown", "small")):
            return self.matches(row["attributes"], row["group"])
        spelled = {"F": "Female", "M": "Male", "Black": "Black or African American"}
        axes = [self.attributes.index(name) for name in row["attributes"]]

        def name(g: Any) -> Any:
            parts = [g[axis] for axis in axes]
            return None if None in parts else [spelled.get(p, p) for p in parts]

        return lambda g, _: name(g) == row["group"]


@pytest.mark.parametrize(("seed", "scored"), [(1, False), (2, False), (3, False), (4, True)])
def test_an_edition_does_not_give_its_small_cells_back(seed: int, scored: bool) -> None:
    whole = record(seed, scored=scored)
    edition = public_record(whole, min_cell=K)
    stage: Any = ("nyc_ll144", None) if scored else "label"
    attack = Attack(whole, stage)
    attack.learn_edition(edition, edition["compliance"][0])
    if not scored:
        for row in edition["estimates"]:
            inside = attack.matches(row["attributes"], row["group"])
            attack.learn(attack.vector(lambda g, e, i=inside: i(g, e) and e is not None), row["n"])
        for entry in edition["compliance"][1:]:
            attack.learn_edition(edition, entry)
    small = 0
    for attributes in (["sex"], ["race"], ["sex", "race"]):
        axes = [attack.attributes.index(name) for name in attributes]
        for group in {tuple(g[axis] for axis in axes) for g, _ in attack.atoms}:
            inside = attack.matches(attributes, group)
            for events in ((1, 0, None), (1,), (0,)):
                goal = attack.vector(lambda g, e, i=inside, s=events: i(g, e) and e in s)
                truth = sum(
                    attack.cells.get(atom, 0) * v
                    for atom, v in zip(attack.atoms, goal, strict=True)
                )
                if 0 < truth < K:
                    small += 1
                    low, high = possible(attack.known, goal)
                    assert low <= 1, (group, events, truth, low, high)
                    assert high >= K - 1, (group, events, truth, low, high)
    assert small >= 2, "the test has something to attack"
    assert any(row["impact_ratio"] for row in edition["compliance"][0]["tables"][0]["rows"]), (
        "and something is still told"
    )


def test_an_attack_on_two_editions_learns_no_more_than_on_one() -> None:
    """Of the same data, with two smallest cells: each hides another sum beside a small one.

    Of record 5 the two gave one crossed group's four people away before editions were nested.
    """
    whole = record(5)
    attack = Attack(whole, "label")
    told = []
    for least in (K, 7):
        edition = public_record(whole, min_cell=least)
        attack.learn_edition(edition, edition["compliance"][0])
        for row in edition["estimates"]:
            inside = attack.matches(row["attributes"], row["group"])
            attack.learn(attack.vector(lambda g, e, i=inside: i(g, e) and e is not None), row["n"])
        told.append({(tuple(r["attributes"]), tuple(r["group"])) for r in edition["estimates"]})
    assert told[1] <= told[0], "what hides more tells no more"
    small = 0
    for group in {g for g, _ in attack.atoms}:
        for events in ((1, 0, None), (1,), (0,)):
            goal = attack.vector(lambda g, e, i=group, s=events: g == i and e in s)
            truth = sum(
                attack.cells.get(atom, 0) * v for atom, v in zip(attack.atoms, goal, strict=True)
            )
            if 0 < truth < K:
                small += 1
                low, high = possible(attack.known, goal)
                assert low <= 1, (group, events, truth, low, high)
                assert high >= K - 1, (group, events, truth, low, high)
    assert small >= 5


# ---- every word of a bundle ----------------------------------------------------------------------

# sex, race, department -> people, with the outcome: numbers that nothing else on a page looks like.
TELLING = {
    ("F", "White", "Sales"): (1811, 457), ("F", "White", "Tech"): (373, 131),
    ("F", "Black", "Sales"): (1229, 317), ("F", "Black", "Tech"): (127, 53),
    ("M", "White", "Sales"): (1997, 1019), ("M", "White", "Tech"): (1693, 911),
    ("M", "Black", "Sales"): (971, 433), ("M", "Black", "Tech"): (619, 311),
    ("F", "Asian", "Tech"): (139, 61), ("M", "Asian", "Tech"): (179, 79),
    (None, "White", "Tech"): (113, 37), ("F", None, "Sales"): (163, 59),
}  # fmt: skip


def telling(protected: list[str]) -> tuple[pd.DataFrame, Any]:
    lines = [(*who, "yes" if i < x else "no") for who, (n, x) in TELLING.items() for i in range(n)]
    frame = pd.DataFrame(lines, columns=["sex", "race", "dept", "hired"])
    random = np.random.default_rng(3)
    frame["score"] = np.round(np.clip(random.normal(0.4, 0.2, len(frame)), 0, 1), 2)
    frame["tested"] = np.where((frame["hired"] == "yes") | (frame["score"] > 0.5), "yes", "no")
    frame["skill"] = np.where(random.random(len(frame)) < 0.05, np.nan, frame["score"])
    if "race" not in protected:
        frame = frame[frame["sex"].notna()]
    strata = [name for name in ("dept", "race") if name not in protected]
    data = auditkit.load(
        frame, label="hired", positive="yes", protected=protected, strata=strata, score="score",
        threshold=0.5, stages=["tested", "hired=hired:yes"],
    )  # fmt: skip
    return frame, data


def words_of(files: dict[str, bytes]) -> dict[str, str]:
    """Return what a reader, or a program, can read in each file; not how it looks."""
    texts = {}
    for name, content in files.items():
        if name.startswith(("packs/", "manifest")):
            continue
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                parts = [n for n in book.namelist() if "worksheets" in n or "sharedStrings" in n]
                texts[name] = "\n".join(book.read(part).decode() for part in parts)
            continue
        text = content.decode("utf-8")
        if name.endswith(".html"):
            text = re.sub(r"<style>.*?</style>", "", text, flags=re.S)
            text = re.sub(r"<script(?![^>]*json)[^>]*>.*?</script>", "", text, flags=re.S)
        texts[name] = text
    return texts


def masked_numbers(frame: pd.DataFrame, least: int) -> dict[int, str]:
    """Return each count from 100 to `least` - 1 that could be asked of the data, and of whom."""
    filled = frame.fillna({"sex": "(missing)", "race": "(missing)"})
    events = {
        "people": filled["hired"].notna(), "hired": filled["hired"] == "yes",
        "decided": filled["score"] >= 0.5, "tested": filled["tested"] == "yes",
        "without skill": filled["skill"].isna(),
    }  # fmt: skip
    found: dict[int, str] = {}
    for size in (1, 2, 3):
        for names in combinations(["sex", "race", "dept"], size):
            for group, part in filled.groupby(list(names)):
                for what, event in events.items():
                    inside = int(event[part.index].sum())
                    for n in (inside, len(part) - inside):
                        if 100 <= n < least - 1:  # that one is in the statement
                            found.setdefault(n, f"{what} of {group}")
    return found


@untraced()
@pytest.mark.parametrize("protected", [["sex", "race"], ["sex"]], ids=" ".join)
def test_no_masked_number_is_in_any_word_of_a_bundle(protected: list[str]) -> None:
    """Nor in a table, a chart, a what-if, a sentence, a workbook; and strata are not told."""
    least = 400
    frame, data = telling(protected)
    names = ("nyc_ll144", "ugesp", "adverse_impact_pro", "us_states", "uk_equality", "eu_ai_act")
    told = {"stage": "label", "alternatives": [{"name": "without the club"}]}
    whole = auditkit.audit(data, model="none", frameworks=names, answers=told)
    remade = Remade(verb="audit", frameworks=names)
    files = bundle_files(whole, remade)
    cited = b" ".join(text for name, text in files.items() if name.startswith("packs/")).decode()
    secrets = {n: who for n, who in masked_numbers(frame, least).items() if str(n) not in cited}
    assert len(secrets) > 30
    inside = words_of(files)
    outside = words_of(bundle_files(whole, remade, audience="public", min_cell=least))
    hits: dict[str, int] = {}
    for texts in (inside, outside):
        for n, who in secrets.items():
            number = re.compile(rf"(?<![\w.,#-]){n}(?![\w]|[.,]\d)")
            for name, text in texts.items():
                seen = number.search(text)
                if seen and texts is outside:
                    around = text[max(0, seen.start() - 80) : seen.end() + 40]
                    raise AssertionError((n, who, name, around))
                hits[who] = hits.get(who, 0) + bool(seen)
    assert sum(map(bool, hits.values())) >= 15, "the search finds them where they are told"
    edition = json.loads(outside["audit.json"])
    if protected == ["sex"]:
        (finding,) = [row for row in edition["findings"] if row["kind"] == "outcome-gap"]
        # 457 + 131 + 317 + 53 + 61 + 59 of the women, 1019 + 911 + 433 + 311 + 79 of the men.
        assert finding["detail"] == "F 1,078 of 3,842 (28.1%); M 2,753 of 5,459 (50.4%)."
        assert "splits" not in finding["evidence"]
        whole_finding = next(f for f in whole.findings if f.kind == "outcome-gap")
        assert "composition" in whole_finding.detail, "there was something to leave out"
        for text in outside.values():
            assert "composition (who is in which" not in text


def test_the_baseline_s_ratios_of_small_groups_are_not_alternatives_to_publish() -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"sex": ["F"] * 60 + ["M"] * 90 + ["X"] * 4, "skill": random.random(154)})
    frame["hired"] = (frame["skill"] + (frame["sex"] == "M") > 0.8).astype(int)
    data = auditkit.load(frame, label="hired", protected="sex")
    whole = auditkit.audit(data, frameworks=["us_states"], folds=2, repeats=1).to_dict()
    (entry,) = public_record(whole)["compliance"]
    (inner,) = [t for t in whole["compliance"][0]["tables"] if t["kind"] == "alternatives"]
    (outer,) = [t for t in entry["tables"] if t["kind"] == "alternatives"]
    assert any(row["measure"].endswith(": X") for row in inner["rows"])
    assert outer["rows"] == []
    assert outer["reason"] == "withheld in the public edition"


def test_a_corrected_p_value_of_another_comparison_is_not_told() -> None:
    """Holm's correction hands the p-value of one comparison on to another."""
    edition = public_record(record(1))
    assert edition["data"]["disclosure"]["masked"] > 0
    assert all(row["p_adjusted"] is None for row in edition["disparities"])
    assert not any("p_adjusted" in row["evidence"] for row in edition["findings"])


def test_two_months_can_be_taken_from_each_other() -> None:
    """What no edition can know by itself: the docs say so, and so does the edition."""
    page = (Path(__file__).parents[1] / "docs" / "bundle.md").read_text("utf-8")
    assert "publish periods that do not overlap" in page
    said = " ".join(public_record(record(1))["data"]["disclosure"]["statement"])
    assert "an edition of data that overlap with these" in said


def test_the_edition_is_a_record_and_says_what_was_done(sample_data: Path) -> None:
    data = auditkit.load(sample_data / "hiring.toml")
    whole = auditkit.profile(data, frameworks=["nyc_ll144", "eu_ai_act"]).to_dict()
    before = json.dumps(whole)
    edition = public_record(whole)
    assert json.dumps(whole) == before, "the record itself is not touched"
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8"))).validate(edition)
    assert Audit.from_dict(edition).to_dict() == edition
    said = edition["data"]["disclosure"]
    assert (said["audience"], said["min_cell"]) == ("public", 5)
    assert said["masked"] > 0
    assert "counts from 1 to 4" in said["statement"][0]
    text = json.dumps(edition)
    for secret in ("hiring.csv", "society", "rugby club"):
        assert secret not in text
    page = render(edition, charts="none")
    assert "counts from 1 to 4" in page
    t3 = {tuple(row["group"]): row for row in edition["compliance"][0]["tables"][2]["rows"]}
    assert t3["Non-binary", "Asian"]["marks"] == ["masked"]  # one person
    assert t3["Non-binary", "Asian"]["n"] is None
    assert t3["Male", "White"]["n"] == 2419


def test_nothing_is_masked_when_one_is_enough() -> None:
    whole = record(1)
    edition = public_record(whole, min_cell=1)
    rows = edition["compliance"][0]["tables"][0]["rows"]
    assert all("masked" not in row["marks"] for row in rows)
    with pytest.raises(RequestError, match="--min-cell 0"):
        public_record(whole, min_cell=0)


def test_the_summary_holds_what_is_to_be_published_and_no_more() -> None:
    page = render_summary(public_record(record(1)))
    assert "SELF-ASSESSMENT, not an independent bias audit" in page
    assert "TO BE COMPLETED BY: the independent auditor" in page
    assert "Distribution date of the tool" in page
    assert "Not legal advice" in page
    assert "masked" in page
    assert "Fisher" not in page, "tests are not asked for by the rule"
    with pytest.raises(RequestError, match="--summary needs a framework"):
        render_summary({**record(1), "compliance": []})


def test_the_command_line_writes_both_editions(
    sample_data: Path, tmp_path: Path, auditkit_main: Main
) -> None:
    record_, page, summary = (tmp_path / name for name in ("a.json", "r.html", "s.html"))
    args = ["profile", sample_data / "hiring.toml", "--framework", "nyc_ll144", "-q"]
    args += ["--audience", "public", "--min-cell", 6, "--json", record_, "-o", page]
    code, _, err = auditkit_main(*args, "--summary", summary)
    assert (code, err) == (0, "")
    found = json.loads(record_.read_text("utf-8"))
    assert found["data"]["disclosure"]["min_cell"] == 6
    assert "counts from 1 to 5" in page.read_text("utf-8")
    assert "counts from 1 to 5" in summary.read_text("utf-8")


def test_audience_and_the_smallest_cell_are_keys_too_and_a_flag_wins(
    tmp_path: Path, auditkit_main: Main
) -> None:
    (tmp_path / "d.csv").write_text("sex,hired\n" + "F,no\nF,yes\nM,yes\nM,no\n" * 20, "utf-8")
    record, summary = tmp_path / "a.json", tmp_path / "s.html"
    text = (
        'data = "d.csv"\nlabel = "hired"\nprotected = "sex"\nframework = "nyc_ll144"\n'
        f'audience = "public"\nmin-cell = 30\nsummary = "{summary}"\n'
    )
    (tmp_path / "audit.toml").write_text(text, "utf-8")
    args = ["profile", tmp_path / "audit.toml", "--json", record, "-q"]
    for more, least in (([], 30), (["--min-cell", 4], 4)):
        assert auditkit_main(*args, *more)[0] == 0
        assert json.loads(record.read_text("utf-8"))["data"]["disclosure"]["min_cell"] == least
        assert f"counts from 1 to {least - 1}" in summary.read_text("utf-8")
    assert auditkit_main(*args, "--audience", "internal")[0] == 0
    assert "disclosure" not in json.loads(record.read_text("utf-8"))["data"]
    for wrong, words in (
        ('audience = "all"', "it can be internal or public"),
        ("min_cell = 0", "use 1"),
    ):
        key = wrong.split(" ")[0].replace("_", "-")
        changed = [line for line in text.splitlines() if not line.startswith(key)]
        (tmp_path / "audit.toml").write_text("\n".join([*changed, wrong]), "utf-8")
        code, _, err = auditkit_main(*args)
        assert (code, words in err) == (2, True), err


def test_an_edition_is_made_from_a_filed_record_without_the_data(
    tmp_path: Path, auditkit_main: Main
) -> None:
    whole = record(1)  # once: it tells the minute it was made
    (tmp_path / "whole.json").write_text(json.dumps(whole), "utf-8")
    page, card, summary = (tmp_path / name for name in ("r.html", "m.md", "s.html"))
    args = ["report", tmp_path / "whole.json", "--audience", "public", "--charts", "none"]
    args += ["-o", page, "--model-card", card, "--summary", summary, "--tables", tmp_path / "t.md"]
    assert auditkit_main(*args)[0] == 0
    edition = public_record(whole)
    assert page.read_text("utf-8") == render(edition, charts="none")
    assert summary.read_text("utf-8") == render_summary(edition)
    (tmp_path / "public.json").write_text(json.dumps(edition), "utf-8")
    code, _, err = auditkit_main(
        "report", tmp_path / "public.json", "--audience", "public", "-o", page
    )
    assert (code, "is a public edition already" in err) == (2, True)
    args = ["report", tmp_path / "public.json", "--summary", tmp_path / "s2.html"]
    assert auditkit_main(*args)[0] == 0
    assert (tmp_path / "s2.html").read_text("utf-8") == render_summary(edition)


def test_a_summary_escapes_what_comes_from_the_data() -> None:
    frame = pd.DataFrame({"sex": ["<script>x</script>", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    data = auditkit.load(frame, label="hired", protected="sex")
    page = render_summary(auditkit.profile(data, frameworks=["nyc_ll144"]).to_dict())
    assert "<script>x" not in page
