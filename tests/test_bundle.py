"""The evidence bundle: untouched it verifies, one byte changed it names the file."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import auditkit
from auditkit.bundle import model_card, print_pdf, printing, verify_bundle
from auditkit.errors import DataError, MissingExtraError

Main = Callable[..., tuple[int, str, str]]

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
    assert names == {row["path"] for row in manifest["files"]} | {"manifest.json"}
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
    "name", ["report.html", "tables/estimates.csv", "audit.json", "tables.xlsx"]
)
def test_one_byte_changed_names_the_file(
    bundle: Path, tmp_path: Path, name: str, auditkit_main: Main
) -> None:
    copy = tmp_path / "b"
    shutil.copytree(bundle, copy)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    code, out, _ = auditkit_main("verify", copy)
    assert code == 1
    assert f"{name} has been changed" in out
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
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
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
    target = tmp_path / "p"
    args = ["audit", desk / "audit.toml", "--bundle", target, "--audience", "public", "-q"]
    assert auditkit_main(*args)[0] == 0
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    assert (manifest["audience"], manifest["input"]["name"]) == ("public", None)
    record = json.loads((target / "audit.json").read_text("utf-8"))
    assert record["data"]["disclosure"]["audience"] == "public"
    assert record["counts"]["cells"] == []


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
    audit = auditkit.audit(
        data, seed=1, frameworks=["eu_ai_act"], answers={"purpose": "screening of *applicants*"}
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


def test_pdf_by_a_browser_that_is_installed() -> None:
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on this machine")
    content = print_pdf("<!doctype html><title>x</title><p>Audit</p>")
    assert content.startswith(b"%PDF")
