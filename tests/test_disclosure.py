"""The public edition: an attacker who knows all that is printed cannot tell a masked small cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from scipy.optimize import Bounds, LinearConstraint, milp

import auditkit
from auditkit.disclosure import Item, System, public_record, withheld
from auditkit.errors import RequestError
from auditkit.record import SCHEMA_FILE, Audit
from auditkit.report import render
from auditkit.report.publication import render_summary

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
    args += ["--audience", "public", "--min-cell", 10, "--json", record_, "-o", page]
    code, _, err = auditkit_main(*args, "--summary", summary)
    assert (code, err) == (0, "")
    found = json.loads(record_.read_text("utf-8"))
    assert found["data"]["disclosure"]["min_cell"] == 10
    assert "counts from 1 to 9" in page.read_text("utf-8")
    assert "counts from 1 to 9" in summary.read_text("utf-8")


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
    (tmp_path / "whole.json").write_text(json.dumps(record(1)), "utf-8")
    page, card, summary = (tmp_path / name for name in ("r.html", "m.md", "s.html"))
    args = ["report", tmp_path / "whole.json", "--audience", "public", "--charts", "none"]
    args += ["-o", page, "--model-card", card, "--summary", summary, "--tables", tmp_path / "t.md"]
    assert auditkit_main(*args)[0] == 0
    edition = public_record(record(1))
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
