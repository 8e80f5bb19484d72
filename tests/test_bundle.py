"""The evidence bundle: untouched it verifies, one byte changed it names the file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest

import auditkit
from auditkit.bundle import Remade, model_card, opening, print_pdf, printing, verify_bundle
from auditkit.bundle import remaking as remaking_
from auditkit.bundle.verifying import _REQUEST
from auditkit.cli import cli
from auditkit.errors import DataError, MissingExtraError
from auditkit.loaders.dataset import LoadOptions
from auditkit.request import _FILES, _OUTPUTS, _READING, Request
from auditkit.schema import Schema
from auditkit.trainer.plan import TrainingOptions

pytestmark = pytest.mark.usefixtures("fitted_once")

Main = Callable[..., tuple[int, str, str]]
DEFAULT_POLICY = Path(auditkit.__file__).with_name("default_policy.toml")

OWN = """\
format = "auditkit.framework"
format_version = 1
name = "works_council"
title = "Works council"
jurisdiction = "here"
as_of = 2026-01-01
status = "in force"
summary = "rates"

[[tables]]
id = "W1"
title = "Rates"
kind = "group_rates"
"""


def rewritten(folder: Path, manifest: Any) -> None:
    """Write a manifest and its seal anew: what somebody who forges a bundle would do."""
    content = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    seal = f"{hashlib.sha256(content).hexdigest()}  manifest.json\n"
    (folder / "manifest.sha256").write_text(seal, "ascii")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with data, a pack of one's own, and two bundles of the same audit."""
    folder = tmp_path_factory.mktemp("bundle")
    rows = ["=cmd,yes,no", "F,no,yes", "F,yes,yes", "M,yes,no", "M,no,yes", "M,yes,yes"] * 20
    (folder / "d.csv").write_text("sex,hired,night\n" + "\n".join(rows) + "\n", "utf-8")
    (folder / "own.toml").write_text(OWN, "utf-8")
    (folder / "audit.toml").write_text(
        'data = "d.csv"\nlabel = "hired"\nprotected = "sex"\nmodel = "none"\nseed = 3\n'
        'framework = ["nyc_ll144", "own.toml"]\n\n[values.sex]\n"F" = "Female"\n\n'
        '[compliance]\nauditor = "A. Uditor"\naudit_date = 2026-11-01\n',
        "utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def bundle(desk: Path) -> Path:
    from auditkit.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1795000000")
        for target in ("one", "one.zip", "two.zip"):
            with pytest.raises(SystemExit) as left:
                main(["audit", str(desk / "audit.toml"), "--bundle", str(desk / target), "-q"])
            assert left.value.code == 0
    return desk / "one"


def test_what_is_in_it(bundle: Path) -> None:
    names = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {
        "audit.json", "report.html", "summary.html", "model-card.md", "tables.xlsx",
        "manifest.json", "packs/nyc_ll144.toml", "packs/works_council.toml",
        "tables/compliance_nyc_ll144_T1.csv", "tables/estimates.csv",
    } <= names  # fmt: skip
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    own = {"manifest.json", "manifest.sha256"}
    assert names == {row["path"] for row in manifest["files"]} | own
    for row in manifest["files"]:
        assert hashlib.sha256((bundle / row["path"]).read_bytes()).hexdigest() == row["sha256"]
    assert manifest["input"]["sha256"] == hashlib.sha256(
        (bundle.parent / "d.csv").read_bytes()
    ).hexdigest()  # fmt: skip
    assert manifest["command"].startswith("auditkit audit audit.toml")
    assert manifest["environment"]["versions"]["auditkit"] == auditkit.__version__
    assert [pack["name"] for pack in manifest["packs"]] == ["nyc_ll144", "works_council"]
    assert str(bundle.parent) not in (bundle / "manifest.json").read_text("utf-8")


def test_formulas_do_not_run_in_tables(bundle: Path) -> None:
    for path in (bundle / "tables").glob("*.csv"):
        for line in path.read_text("utf-8").splitlines():
            assert not any(cell.startswith(('"=', "=")) for cell in line.split(",")), path.name


def test_the_same_audit_gives_the_same_zip(bundle: Path) -> None:
    folder = bundle.parent
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()
    with zipfile.ZipFile(folder / "one.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 18, 11, 6, 40)}
        for info in archive.infolist():
            assert archive.read(info) == (bundle / info.filename).read_bytes()


@pytest.mark.parametrize("name", ["one", "one.zip"])
def test_untouched_it_verifies(bundle: Path, name: str, auditkit_main: Main) -> None:
    code, out, _ = auditkit_main("verify", bundle.parent / name)
    assert code == 0
    assert "files are as they were written" in out
    assert "the numbers were not made again" in out


def test_with_the_data_the_numbers_come_out_again(bundle: Path, auditkit_main: Main) -> None:
    code, out, _ = auditkit_main("verify", bundle, "--data", bundle.parent / "d.csv")
    assert (code, "and the numbers come out again" in out) == (0, True), out


@pytest.mark.parametrize(
    "name",
    [
        "report.html", "tables/estimates.csv", "audit.json", "tables.xlsx", "packs/nyc_ll144.toml",
        "manifest.json", "manifest.sha256",
    ],
)  # fmt: skip
def test_one_byte_changed_names_the_file(
    bundle: Path, tmp_path: Path, name: str, auditkit_main: Main
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    packed = tmp_path / "b.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in copy.rglob("*"):
            archive.write(path, path.relative_to(copy).as_posix())
    for place in (copy, packed):
        code, out, _ = auditkit_main("verify", place)
        assert code == 1
        told = "manifest.json" if name == "manifest.sha256" else name
        assert f"{told} has been changed" in out or f"{name} has been changed" in out
        assert out.count("has been changed") == 1


def test_missing_and_added_files_are_named(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    (copy / "summary.html").unlink()
    (copy / "more.txt").write_text("x", "utf-8")
    problems = verify_bundle(copy).problems
    assert problems == ("summary.html is missing", "more.txt is not in the manifest")


def test_other_data_and_other_numbers_are_told(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "d.csv"
    text = (bundle.parent / "d.csv").read_text("utf-8")
    other.write_text(text.replace("F,no,yes", "F,yes,yes", 1), "utf-8")
    (problem,) = verify_bundle(bundle, data=str(other)).problems
    assert problem.startswith("the data are not those of the bundle")
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest["input"]["sha256"] = None  # as if the bundle were of a frame in memory
    rewritten(copy, manifest)
    problems = verify_bundle(copy, data=str(other)).problems
    assert any("estimates[" in problem and "value" in problem for problem in problems)


def test_what_is_no_bundle(tmp_path: Path, auditkit_main: Main) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 no")
    (tmp_path / "d").mkdir()
    for name, words in (("x.zip", "not a whole zip file"), ("d", "there is no manifest.json")):
        code, out, err = auditkit_main("verify", tmp_path / name)
        assert (code, out) == (2, "")
        assert words in err
    (tmp_path / "d" / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(DataError, match="damaged"):
        verify_bundle(tmp_path / "d")
    with pytest.raises(DataError, match="No such file"):
        verify_bundle(tmp_path / "nothing")


def test_a_public_bundle_holds_the_public_edition_only(
    desk: Path, tmp_path: Path, auditkit_main: Main
) -> None:
    """And no hash of the data: of a small file it would say which guess at a masked count fits."""
    target = tmp_path / "p"
    args = ["audit", desk / "audit.toml", "--bundle", target, "--audience", "public", "-q"]
    assert auditkit_main(*args)[0] == 0
    text = (target / "manifest.json").read_text("utf-8")
    manifest = json.loads(text)
    assert manifest["audience"] == "public"
    assert manifest["input"] == {"name": None, "sha256": None, "bytes": None}
    assert manifest["command"] is None
    record = json.loads((target / "audit.json").read_text("utf-8"))
    assert record["data"]["disclosure"]["audience"] == "public"
    assert record["counts"]["cells"] == []
    content = (desk / "d.csv").read_bytes()
    for path in target.rglob("*"):
        if path.is_file():
            told = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16].encode()
            assert digest not in told, path.name
            assert not re.search(rb"\bd\.csv|audit\.toml", told), path.name
    # Spellings are not published; whoever has the data has the audit.toml that maps them.
    code, out, _ = auditkit_main("verify", target, "--data", desk / "audit.toml")
    assert (code, "and the numbers come out again" in out) == (0, True), out


# ---- the manifest holds every setting ------------------------------------------------------------


def test_a_request_is_remade_or_does_not_touch_the_record() -> None:
    """A new field of a request has to be sorted into one of the two."""
    remade = {item.name for item in fields(Remade)}
    asked = {item.name for item in fields(Request)}
    from_record = {"load", "policy"}  # roles and lines are in the record itself
    no_part_of_it = {"data", "inputs", "output", "json", "tables", "cards", "quiet"}
    no_part_of_it |= {"fail_on", "allow_inconclusive", "publishing"}
    assert remade - {"reading", "command"} | from_record | no_part_of_it == asked
    assert set(_REQUEST) <= remade
    roles = {item.name for item in fields(Schema)}
    speed = {"count_empty"}  # what is counted early; not what comes out
    assert set(LoadOptions.__annotations__) - speed <= roles | set(_READING)


def options_of(name: str) -> dict[str, click.Option]:
    found = cli.commands[name].params
    return {str(item.name): item for item in found if isinstance(item, click.Option)}


def test_every_option_is_in_the_manifest_or_says_where_results_go() -> None:
    """Files are told by their names: an option that takes one is known as such."""
    for verb in ("audit", "profile"):
        for name, option in options_of(verb).items():
            if name in _OUTPUTS or name in {"fail_on", "cost_fp", "cost_fn"}:
                continue
            is_file = any(word in str(option.metavar) for word in ("FILE", "DIR", "TARGET"))
            assert is_file == (name in _FILES - {"data", "model", "framework", "logo"}), name
    assert set(get_type_hints(TrainingOptions)) <= set(options_of("audit"))


def test_all_settings_of_a_run_are_told_and_the_numbers_come_out_again(
    tmp_path: Path, auditkit_main: Main
) -> None:
    rows = ["F,no,no,a,1", "F,yes,yes,b,2", "M,yes,no,c,3", "M,no,no,d,4", "M,yes,yes,e,5"] * 30
    (tmp_path / "d.csv").write_text(
        "sex,tested,hired,team,skill\n" + "\n".join(rows) + "\n", "utf-8"
    )
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "report.css").write_text(".ours { color: navy; }", "utf-8")
    lines = DEFAULT_POLICY.read_text("utf-8").replace("min_group = 30", "min_group = 20")
    (tmp_path / "lines.toml").write_text(lines, "utf-8")
    (tmp_path / "audit.toml").write_text(
        'data = "d.csv"\nlabel = "hired"\nprotected = "sex"\ncluster = "team"\nfolds = 3\n'
        'repeats = 1\nselect-top = "40%"\npolicy = "lines.toml"\naudience = "internal"\n'
        'min-cell = 7\nframework = "ugesp"\ncharts = "none"\ncauses = true\n'
        f'[card]\nfile = "{tmp_path / "card.md"}"\npurpose = "to see"\n'
        '[report]\ntitle = "Ours"\n[compliance]\ndata_period = "2025"\n',
        "utf-8",
    )
    target = tmp_path / "b.zip"
    args = ["audit", tmp_path / "audit.toml", "--stage", "tested=tested", "--stage", "hired=hired"]
    args += ["--seed", 5, "--template", tmp_path / "look", "--bundle", target, "-q"]
    code, _, err = auditkit_main(*args)
    assert (code, err) == (0, "")
    with zipfile.ZipFile(target) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        page = archive.read("report.html").decode()
    assert ".ours" in page
    assert '<figure class="chart' not in page
    request = manifest["request"]
    assert request["training"] == {
        "folds": 3, "repeats": 1, "select_top": "40%", "causes": True,
        **dict.fromkeys(("cost_fp", "cost_fn", "train_rows", "jobs", "trust_pickle")),
        **dict.fromkeys(("remedies", "remedies_for", "disparity", "tolerance")),
    }  # fmt: skip
    assert request["look"] == {"charts": "none", "template": "look"}
    assert request["card"]["purpose"] == "to see"
    assert request["report"] == {"title": "Ours"}
    assert request["answers"] == {"data_period": "2025"}
    told = request["options"]
    assert told["stages"] == ["tested=tested", "hired=hired"]
    assert (told["cluster"], told["min_cell"], told["audience"]) == ("team", 7, "internal")
    assert (told["policy"], told["template"], told["framework"]) == (
        "lines.toml",
        "look",
        ["ugesp"],
    )
    assert manifest["min_cell"] == 7
    assert str(tmp_path) not in json.dumps(manifest)
    code, out, _ = auditkit_main("verify", target, "--data", tmp_path / "d.csv")
    assert (code, "and the numbers come out again" in out) == (0, True), out


def test_counts_and_several_files_are_verified_too(tmp_path: Path, auditkit_main: Main) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(
            "sex,hired\n" + "F,no\nM,yes\nM,no\nF,yes\n" * 9, "utf-8"
        )
    both = [tmp_path / "a.csv", tmp_path / "b.csv"]
    roles = ["--label", "hired", "--protected", "sex", "-q"]
    assert auditkit_main("tally", *both, *roles, "-o", tmp_path / "c.parquet")[0] == 0
    for inputs in (both, [tmp_path / "c.parquet"]):
        target = tmp_path / f"{len(inputs)}.zip"
        more = roles if len(inputs) == 2 else ["-q"]
        assert auditkit_main("profile", *inputs, *more, "--bundle", target)[0] == 0
        named = [word for path in inputs for word in ("--data", path)]
        code, out, _ = auditkit_main("verify", target, *named)
        assert (code, "and the numbers come out again" in out) == (0, True), out


def test_a_model_that_is_a_file_is_asked_for_and_never_trusted_because_a_bundle_says_so(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, model = tmp_path / "b", tmp_path / "m.pkl"
    shutil.copytree(bundle, copy)
    model.write_bytes(b"a program")
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(b"a program").hexdigest()
    manifest["request"] |= {"model": "m.pkl", "model_file": {"name": "m.pkl", "sha256": digest}}
    manifest["request"]["training"]["trust_pickle"] = True
    rewritten(copy, manifest)
    data = str(bundle.parent / "d.csv")
    assert "name the model m.pkl with --model" in verify_bundle(copy, data=data).notes[0]
    asked: dict[str, Any] = {}

    def audited(loaded: Any, **settings: Any) -> Any:
        asked.update(settings)
        raise DataError("not here")

    monkeypatch.setattr(remaking_, "audit", audited)
    (problem,) = verify_bundle(copy, data=data, model=str(model)).problems
    assert problem.endswith("not here")
    assert (asked["model"], asked["trust_pickle"]) == (str(model), False)
    model.write_bytes(b"another")
    (problem,) = verify_bundle(copy, data=data, model=str(model)).problems
    assert problem == "the model is not that of the bundle: m.pkl"


# ---- what somebody hands over is untrusted -------------------------------------------------------


def packed(path: Path, *files: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of two of one name
        for name, content in files:
            archive.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("../x", b"")], "'?../x'? leads out of it"),
        ([("/etc/x", b"")], "leads out of it"),
        ([("a/../../x", b"")], "leads out of it"),
        ([("a\\..\\x", b"")], "leads out of it"),
        ([("c:/x", b"")], "leads out of it"),
        ([("audit.json", b"1"), ("audit.json", b"2")], "two files are called audit.json"),
        ([("a", b"1"), ("A", b"2")], "two files are called A"),
        ([(link("report.html"), b"/etc/passwd")], "report.html is a link"),
    ],
)
def test_a_malicious_zip_is_refused_in_one_line(
    tmp_path: Path, files: Any, words: str, auditkit_main: Main
) -> None:
    code, out, err = auditkit_main("verify", packed(tmp_path / "x.zip", *files))
    assert (code, out) == (2, "")
    assert re.search(words, err), err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.zip"]


def test_a_zip_that_would_fill_the_memory_is_refused_unread(
    tmp_path: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the sizes that it states, and by those that it turns out to have."""
    bomb = packed(tmp_path / "x.zip", ("audit.json", b"0" * 5_000_000))
    monkeypatch.setattr(opening, "_MOST_BYTES", 4_000_000)
    code, _, err = auditkit_main("verify", bomb)
    assert (code, "unpacks to more than 2 GB" in err, err.count("\n")) == (2, True, 1)
    monkeypatch.setattr(opening, "_MOST_BYTES", 2**40)
    monkeypatch.setattr(opening, "_MOST_KEPT", 4_000_000)
    code, _, err = auditkit_main("verify", bomb)
    assert (code, "audit.json is too large" in err, err.count("\n")) == (2, True, 1)
    lies = bytearray(bomb.read_bytes())
    lies[lies.rindex(b"PK\x01\x02") + 24 :][:4]
    at = lies.rindex(b"PK\x01\x02") + 24  # the size in the list of contents
    lies[at : at + 4] = (7).to_bytes(4, "little")
    bomb.write_bytes(bytes(lies))
    code, _, err = auditkit_main("verify", bomb)
    assert (code, "not a whole zip file" in err, err.count("\n")) == (2, True, 1)


def test_a_folder_with_links_and_a_locked_zip_are_refused(
    bundle: Path, tmp_path: Path, auditkit_main: Main
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    (copy / "more").symlink_to("/")
    code, _, err = auditkit_main("verify", copy)
    assert (code, "more is a link" in err, err.count("\n")) == (2, True, 1)
    locked = bytearray(packed(tmp_path / "x.zip", ("manifest.json", b"{}")).read_bytes())
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(bytes(locked))
    code, _, err = auditkit_main("verify", tmp_path / "x.zip")
    assert (code, "is encrypted" in err) == (2, True)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"request": {}}, 2, "damaged: no verb"),
        ({"files": [{"path": "x"}]}, 2, "damaged"),
        ({"input": {"sha256": 3}}, 2, "damaged: input.sha256"),
        ({"request.frameworks": ["../../x"]}, 1, "pack ../../x is not in the bundle"),
        ({"request.frameworks": 3}, 1, "cannot be made again: the bundle is damaged"),
        ({"request.reading": {"delimiter": ["x"]}}, 1, "cannot be made again"),
        ({"request.reading": {"nothing": 1}}, 1, "cannot be made again"),
        ({"request.training": {"folds": "many"}}, 1, "cannot be made again"),
        ({"min_cell": "x", "audience": "public"}, 1, "cannot be made again"),
    ],
)
def test_a_forged_manifest_is_an_answer_and_no_traceback(
    bundle: Path, tmp_path: Path, change: dict[str, Any], code: int, words: str, auditkit_main: Main
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    for place, value in change.items():
        *inner, name = place.split(".")
        (manifest[inner[0]] if inner else manifest)[name] = value
    rewritten(copy, manifest)
    done, out, err = auditkit_main("verify", copy, "--data", bundle.parent / "d.csv")
    assert (done, words in out + err) == (code, True), out + err


def test_a_bundle_says_nothing_to_a_database(bundle: Path, auditkit_main: Main) -> None:
    code, _, err = auditkit_main("verify", bundle, "--data", "sqlite:///x.db")
    assert code == 2
    assert "is not run against a database" in err


# ---- the rest ------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_is_left_alone(
    desk: Path, tmp_path: Path, auditkit_main: Main
) -> None:
    (tmp_path / "kept.txt").write_text("x", "utf-8")
    code, _, err = auditkit_main("audit", desk / "audit.toml", "--bundle", tmp_path, "-q")
    assert code == 2
    assert "is not empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_model_card_has_its_sections_and_marked_blanks(sample_data: Path) -> None:
    data = auditkit.load(sample_data / "hiring.toml")
    audit = auditkit.profile(
        data, frameworks=["eu_ai_act"], answers={"purpose": "screening of *applicants*"}
    )
    card = model_card(audit.to_dict())
    heads = [line[3:] for line in card.splitlines() if line.startswith("## ")]
    assert heads == [
        "Model details", "Intended use", "Factors", "Metrics and quantitative analyses",
        "Gaps between groups", "Evaluation data", "Training data", "Ethical considerations",
        "Caveats and recommendations",
    ]  # fmt: skip
    assert "TO BE COMPLETED BY" in card
    assert r"screening of \*applicants\*" in card  # text, and no emphasis
    assert "Non-binary (14)" in card


def test_without_a_browser_there_is_no_pdf_and_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing.shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="--pdf needs Chromium, Chrome or Edge"):
        print_pdf("<p>x</p>")


def test_without_a_browser_nothing_is_written_at_all(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auditkit_main: Main
) -> None:
    monkeypatch.setattr(printing.shutil, "which", lambda name: None)
    page = tmp_path / "r.html"
    code, _, err = auditkit_main(
        "audit", desk / "audit.toml", "-o", page, "--pdf", tmp_path / "r.pdf"
    )
    assert (code, err.count("\n")) == (2, 1)
    assert "--pdf needs Chromium, Chrome or Edge" in err
    assert list(tmp_path.iterdir()) == []


def test_pdf_by_a_browser_that_is_installed() -> None:
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on this machine")
    content = print_pdf("<!doctype html><title>x</title><p>Audit</p>")
    assert content.startswith(b"%PDF")
