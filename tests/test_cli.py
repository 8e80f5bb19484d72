"""The command line, as a process of its own: what it prints, writes, refuses and exits with."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import Run, environment

import auditkit
from auditkit.record import SCHEMA_FILE

COMMANDS = ("audit", "profile", "report", "metrics", "sample")
ROLES = ("--label", "hired", "--positive", "yes", "--protected", "gender", "--protected", "race")
PLAIN = (*ROLES, "--model", "none")
CONTRACT = [
    "format", "format_version", "auditkit", "created", "seed", "data", "schema", "representation",
    "estimates", "disparities", "findings", "profile", "model", "compliance", "subgroups", "counts",
]  # fmt: skip
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


def applicants(people: int = 500, seed: int = 7) -> list[list[str]]:
    """Return a table in which women are hired less often, and a header."""
    draw = random.Random(seed)
    rows = [["gender", "race", "department", "test", "clearance", "hired"]]
    for _ in range(people):
        gender, race = draw.choice(["Female", "Male", "Male"]), draw.choice(["Black", "White"])
        test = draw.randint(0, 100)
        chance = 0.15 + test / 200 - (0.15 if gender == "Female" else 0)
        hired = "yes" if draw.random() < chance else "no"
        rows.append(
            [gender, race, draw.choice("AB"), str(test), draw.choice(["", "x", "y"]), hired]
        )
    return rows


def write_rows(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("data") / "people.csv", applicants())


@pytest.fixture(scope="module")
def made(
    data: Path, auditkit_cli: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[bytes]]:
    """Audit the table with a baseline, once: the folder with both files, and what was printed."""
    folder = tmp_path_factory.mktemp("made")
    done = auditkit_cli(
        "audit", data, *ROLES, "--strata", "department", "-o", "report.html", "--json",
        "audit.json", cwd=folder, env=EPOCH,
    )  # fmt: skip
    return folder, done


def record(content: bytes) -> dict[str, Any]:
    """Parse JSON, refusing the tokens that are not JSON."""

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    found = json.loads(content, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


def refused(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one line of an error with exit code 2."""
    text = done.stderr.decode("utf-8")
    assert done.returncode == 2, text
    assert done.stdout == b""
    assert text.startswith("auditkit: error: ")
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert len(text) < 300
    return text


# --- help and version ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help(auditkit_cli: Run, command: tuple[str, ...]) -> None:
    done = auditkit_cli(*command, "--help")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert done.stderr == b""
    assert text.startswith(f"Usage: auditkit {' '.join(command)}")
    assert "\\b" not in text
    if not command:
        assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in COMMANDS)
        assert "Exit codes: 0 done; 1 done" in text


def test_help_names_every_option_of_the_contract(auditkit_cli: Run) -> None:
    text = auditkit_cli("audit", "--help").stdout.decode()
    for option in (
        "label", "positive", "unfavorable", "protected", "prediction", "score", "threshold",
        "weight", "count", "strata", "ignore", "reference", "population", "bins", "model",
        "policy", "fail-on", "allow-inconclusive", "seed", "output", "json", "quiet",
        "delimiter", "encoding", "decimal", "sheet", "header-row",
    ):  # fmt: skip
        assert f"--{option} " in text, option


def test_version(auditkit_cli: Run) -> None:
    done = auditkit_cli("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"auditkit, version {auditkit.__version__}\n"


def test_no_command_shows_the_help_and_is_not_a_success(auditkit_cli: Run) -> None:
    done = auditkit_cli()
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage: auditkit")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("adit", "x.csv"), "did you mean 'audit'?"),
        (("audit",), "Missing argument"),
        (("audit", "x.csv", "--lable", "y"), "--label"),
        (("audit", "x.csv", "--seed", "soon"), "not a valid integer"),
        (("report", "x.json"), "--output"),
        (("metrics", "tpr"), "did you mean 'true_positive_rate'?"),
    ],
)
def test_usage_errors(auditkit_cli: Run, args: tuple[str, ...], said: str) -> None:
    assert said in refused(auditkit_cli(*args))


# --- happy paths --------------------------------------------------------------------------------


def test_audit(made: tuple[Path, subprocess.CompletedProcess[bytes]]) -> None:
    folder, done = made
    text = done.stdout.decode()
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == ["Wrote audit.json", "Wrote report.html"]
    assert text.startswith("people.csv: 500 people, outcome hired = yes, by gender, race\n")
    assert re.search(r"^\d+ flagged, \d+ undecided, \d+ notes, \d+ within the lines$", text, re.M)
    assert "  FLAG      gender: Female has the outcome at 0." in text
    assert "Not legal advice" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert sorted(path.name for path in folder.iterdir()) == ["audit.json", "report.html"]
    assert (folder / "report.html").read_bytes().rstrip().endswith(b"</html>")


def test_audit_without_outputs_writes_no_file(
    auditkit_cli: Run, data: Path, tmp_path: Path
) -> None:
    done = auditkit_cli("audit", data, *PLAIN, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"people.csv: 500 people")
    assert list(tmp_path.iterdir()) == []


def test_audit_reads_standard_input(auditkit_cli: Run, data: Path) -> None:
    done = auditkit_cli("audit", "-", *PLAIN, "--json", "-", stdin=data.read_bytes())
    found = record(done.stdout)
    assert (found["data"]["source"], found["data"]["rows"]) == ("standard input", 500)
    assert found["provenance"]["command"] == shlex.join(["auditkit", "audit", "-", *PLAIN])


def test_profile_needs_no_label(auditkit_cli: Run, data: Path, tmp_path: Path) -> None:
    done = auditkit_cli("profile", data, "--protected", "gender", "--json", "p.json", cwd=tmp_path)
    found = record((tmp_path / "p.json").read_bytes())
    assert done.returncode == 0
    assert done.stdout.startswith(b"people.csv: 500 people, by gender\n")
    assert (found["model"], found["estimates"], found["disparities"]) == (None, [], [])
    assert found["representation"]
    assert found["profile"]["missing"]


def test_metrics(auditkit_cli: Run) -> None:
    listing = auditkit_cli("metrics")
    assert (listing.returncode, listing.stderr) == (0, b"")
    names = [line.split()[0] for line in listing.stdout.decode().splitlines() if "P(" in line]
    assert {"base_rate", "selection_rate", "true_positive_rate", "accuracy"} <= set(names)
    page = auditkit_cli("metrics", "true_positive_rate_ratio")
    assert (page.returncode, page.stderr) == (0, b"")
    assert "TP / (TP + FN)" in page.stdout.decode()


def test_sample(auditkit_cli: Run, sample_data: Path, tmp_path: Path) -> None:
    done = auditkit_cli("sample", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode() == "auditkit audit sample_data/hiring.toml -o report.html\n"
    assert done.stderr.decode() == "Wrote the sample to sample_data. Next:\n"
    for name in ("hiring.csv", "hiring.toml", "berkeley_admissions.csv", "README.md"):
        written = (tmp_path / "sample_data" / name).read_bytes()
        assert written == (sample_data / name).read_bytes()
    assert auditkit_cli("sample", cwd=tmp_path).returncode == 0  # the same files: nothing to do


def test_sample_overwrites_nothing(auditkit_cli: Run, tmp_path: Path) -> None:
    mine = tmp_path / "sample_data" / "hiring.toml"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    assert "hiring.toml exists and differs" in refused(auditkit_cli("sample", cwd=tmp_path))
    assert [path.name for path in mine.parent.iterdir()] == ["hiring.toml"]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_sample_refuses_what_is_not_a_folder(auditkit_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "taken" / "hiring.csv").mkdir(parents=True)
    for place in ("file", "taken"):
        refused(auditkit_cli("sample", place, cwd=tmp_path))
    assert list((tmp_path / "taken").iterdir()) == [tmp_path / "taken" / "hiring.csv"]


# --- standard output and standard error -----------------------------------------------------------


def test_json_on_standard_output(auditkit_cli: Run, data: Path, tmp_path: Path) -> None:
    done = auditkit_cli("audit", data, *PLAIN, "--json", "-", "-o", "r.html", cwd=tmp_path)
    assert done.returncode == 0
    assert record(done.stdout)["format"] == "auditkit.audit"  # one document and nothing else
    assert done.stderr.decode() == "Wrote r.html\n"


def test_html_on_standard_output(auditkit_cli: Run, data: Path, tmp_path: Path) -> None:
    done = auditkit_cli("audit", data, *PLAIN, "-o", "-", "--json", "a.json", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.lower().startswith(b"<!doctype html>")
    assert done.stdout.rstrip().endswith(b"</html>")
    assert done.stderr.decode() == "Wrote a.json\n"


def test_both_on_standard_output_is_refused(auditkit_cli: Run, data: Path) -> None:
    assert "standard output" in refused(auditkit_cli("audit", data, *PLAIN, "-o-", "--json", "-"))


def test_quiet_prints_nothing(auditkit_cli: Run, data: Path, tmp_path: Path) -> None:
    args = ("audit", data, *PLAIN, "-q", "-o", "r.html", "--json", "a.json")
    done = auditkit_cli(*args, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "r.html"]


def test_a_terminal_without_the_letters_is_not_an_error(auditkit_cli: Run, data: Path) -> None:
    for encoding in ("latin-1", "ascii"):
        for args in (("metrics",), ("audit", data, *PLAIN)):
            done = auditkit_cli(*args, env={"PYTHONIOENCODING": encoding})
            assert done.returncode == 0, done.stderr


@posix
@pytest.mark.parametrize("args", [("metrics",), ("audit", "DATA", *PLAIN, "--json", "-")])
def test_standard_output_that_is_full(data: Path, args: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "auditkit", *(str(data) if a == "DATA" else a for a in args)],
            stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode() == "auditkit: error: output: No space left on device\n"


@posix
def test_a_reader_that_leaves_early_ends_it_in_silence(data: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "auditkit", "metrics"],
            stdout=pipe, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, b"")


@posix
def test_progress_is_for_terminals_only(data: Path, tmp_path: Path) -> None:
    import pty

    seen = {}
    for quiet in ((), ("--quiet",)):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "auditkit", "audit", str(data), *ROLES, *quiet]
        subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment(), timeout=60,
            check=True,
        )  # fmt: skip
        os.close(theirs)
        seen[quiet] = b"".join(_drained(ours))
        os.close(ours)
    assert b"baseline [####################] " in seen[()]
    assert seen["--quiet",] == b""


def _drained(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return
        if not piece:
            return
        yield piece


# --- the record -----------------------------------------------------------------------------------


def test_record_fits_the_contract(made: tuple[Path, Any]) -> None:
    content = (made[0] / "audit.json").read_bytes()
    found = record(content)
    assert list(found)[: len(CONTRACT)] == CONTRACT
    assert found["format"] == "auditkit.audit"
    assert found["format_version"] == 1
    assert found["created"] == "2023-11-14T22:13:20Z"
    assert found["auditkit"] == auditkit.__version__
    schema = json.loads(SCHEMA_FILE.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema, cls=jsonschema.Draft202012Validator)
    for section in ("representation", "estimates", "disparities", "findings", "subgroups"):
        assert found[section], section
    for section in ("missing", "proxies", "leakage", "strata"):
        assert isinstance(found["profile"][section], list), section
    assert found["compliance"] == []
    assert found["model"]["kind"] == "logistic"
    assert found["data"]["sha256"]
    assert re.search(rb"\b(NaN|-?Infinity)\b", content) is None


def test_sections_not_asked_for_are_empty_and_never_absent(auditkit_cli: Run, data: Path) -> None:
    found = record(auditkit_cli("profile", data, "--protected", "gender", "--json", "-").stdout)
    assert list(found)[: len(CONTRACT)] == CONTRACT
    assert found["model"] is None
    for section in ("estimates", "disparities", "compliance", "subgroups"):
        assert found[section] == [], section
    assert found["profile"]["strata"] == []
    assert found["counts"]["cells"]
    jsonschema.validate(found, json.loads(SCHEMA_FILE.read_bytes()))


def test_every_row_says_which_group(made: tuple[Path, Any]) -> None:
    found = record((made[0] / "audit.json").read_bytes())
    for section in ("representation", "estimates", "disparities", "findings", "subgroups"):
        for row in found[section]:
            assert len(row["attributes"]) == len(row["group"]), (section, row)
    for section in ("estimates", "disparities"):
        for row in found[section]:
            assert (row["value"] is None) == (row["reason"] is not None), row
            assert row["stage"] in {"label", "model", "decision"}


def test_record_holds_no_path_and_no_rows(made: tuple[Path, Any], data: Path) -> None:
    content = (made[0] / "audit.json").read_bytes()
    for folder in (data.parent, made[0]):
        assert os.fsencode(folder) not in content
    assert record(content)["data"]["source"] == "people.csv"
    assert "report.html" not in record(content)["provenance"]["command"]


# --- report ---------------------------------------------------------------------------------------


def test_report_gives_the_same_bytes_again(
    made: tuple[Path, Any], auditkit_cli: Run, tmp_path: Path
) -> None:
    folder, wanted = made[0], (made[0] / "report.html").read_bytes()
    again = auditkit_cli("report", folder / "audit.json", "-o", "again.html", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, b"")
    assert (tmp_path / "again.html").read_bytes() == wanted
    shown = auditkit_cli("report", folder / "audit.json", "-o", "-")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, wanted, b"")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_report_from_standard_input(
    made: tuple[Path, Any], auditkit_cli: Run, encoding: str
) -> None:
    done = auditkit_cli(
        "report", "-", "-o", "-",
        stdin=(made[0] / "audit.json").read_bytes(), env={"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.stdout == (made[0] / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "not a record"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "not a record of auditkit"),
        (b'{"format": "other.tool", "format_version": 1}', "not a record of auditkit"),
        (b'{"format": "auditkit.audit", "format_version": 2}', "format version 2"),
        (b'{"format": "auditkit.audit"}', "format version None"),
        (b'{"format": "auditkit.audit", "format_version": 1}', "does not fit the schema"),
    ],
)
def test_report_refuses_what_is_not_a_record(
    auditkit_cli: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert said in refused(auditkit_cli("report", "a.json", "-o", "x.html", cwd=tmp_path))
    assert not (tmp_path / "x.html").exists()


def test_report_names_the_damage(made: tuple[Path, Any], auditkit_cli: Run, tmp_path: Path) -> None:
    content = (made[0] / "audit.json").read_bytes()
    found = record(content)
    found["estimates"][3]["value"] = "high"
    damaged = {"cut.json": content[: len(content) // 2], "odd.json": json.dumps(found).encode()}
    for name, text in damaged.items():
        (tmp_path / name).write_bytes(text)
        line = refused(auditkit_cli("report", name, "-o", "x.html", cwd=tmp_path))
        assert name in line
        assert "$.estimates[3].value" in line or name == "cut.json"
    assert not (tmp_path / "x.html").exists()


def test_report_refuses_a_file_that_is_not_there(auditkit_cli: Run, tmp_path: Path) -> None:
    assert "a.json" in refused(auditkit_cli("report", "a.json", "-o", "x.html", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- exit code 1 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "code", "said"),
    [
        (("flag",), 1, "met"),
        (("outcome-gap",), 1, "met"),
        (("base_rate_ratio<0.8@gender",), 1, "met: Female against Male"),
        (("base_rate_difference>0.05@gender:label",), 1, "met"),
        (("base_rate_ratio<0.1",), 0, ""),
        (("base_rate_ratio<0.1", "flag"), 1, "--fail-on flag"),
        (("model-gap",), 1, "undecided"),
        (("selection_rate_ratio<0.8",), 1, "undecided"),
        (("disparate_impact<0.8",), 1, "undecided"),
    ],
)
def test_fail_on(
    auditkit_cli: Run, data: Path, tmp_path: Path, rules: tuple[str, ...], code: int, said: str
) -> None:
    flags = [part for rule in rules for part in ("--fail-on", rule)]
    done = auditkit_cli("audit", data, *PLAIN, "-q", "--json", "a.json", *flags, cwd=tmp_path)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == code, lines
    assert (tmp_path / "a.json").is_file()  # the audit is done either way
    assert done.stdout == b""
    assert len(lines) == code
    assert not lines or said in lines[0]


def test_allow_inconclusive(auditkit_cli: Run, data: Path) -> None:
    args = ("audit", data, *PLAIN, "-q", "--allow-inconclusive", "--fail-on")
    undecided = auditkit_cli(*args, "model-gap")
    assert undecided.returncode == 0
    assert b"undecided, allowed" in undecided.stderr  # let through, never in silence
    assert auditkit_cli(*args, "outcome-gap").returncode == 1


def test_a_group_too_small_to_judge_is_undecided(auditkit_cli: Run, tmp_path: Path) -> None:
    rows = [["gender", "hired"], *([g, h] for g in "FM" for h in ("yes", "no") for _ in range(9))]
    data = write_rows(tmp_path / "few.csv", rows)
    args = ("audit", data, "--label", "hired", "--protected", "gender", "--model", "none", "-q")
    rule = ("--fail-on", "base_rate_ratio<0.8")
    assert auditkit_cli(*args, *rule).returncode == 1
    assert auditkit_cli(*args, *rule, "--allow-inconclusive").returncode == 0


def test_a_rule_that_cannot_be_read_stops_before_the_work(
    auditkit_cli: Run, data: Path, tmp_path: Path
) -> None:
    for rule in ("flg", "base_rat_ratio<0.8", "base_rate_ratio<many", "base_rate_ratio<0.8:home"):
        args = ("audit", data, *PLAIN, "--json", "a.json", "--fail-on", rule)
        assert "--fail-on" in refused(auditkit_cli(*args, cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- interrupted ----------------------------------------------------------------------------------


@posix
def test_interrupted_while_reading(tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("old", encoding="utf-8")
    command = [sys.executable, "-m", "auditkit", "audit", "-", *PLAIN, "-o", "r.html"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env=environment(),
    ) as child:  # fmt: skip
        assert child.stdin is not None
        child.stdin.write(b"gender,race,hired\n")  # and the rest never comes
        child.stdin.flush()
        _wait_until_read(child.stdin.fileno())
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=30) == 130
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read() == b""
        assert b"Traceback" not in child.stderr.read()
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == "old"


def _wait_until_read(pipe: int) -> None:
    """Wait until the process at the other end has taken all that was written."""
    import fcntl
    import termios

    left, end = b"left", time.monotonic() + 60
    while int.from_bytes(left, sys.byteorder) and time.monotonic() < end:
        time.sleep(0.05)
        left = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))


INTERRUPT = """
import os, signal, sys
import auditkit.{module} as module

before = module.{name}
def interrupted(*args, **options):
    os.kill(os.getpid(), signal.SIGINT)
    return before(*args, **options)
module.{name} = interrupted

from auditkit.cli import main
main(sys.argv[1:])
"""


@posix
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("questions", "compare"),
        ("facts", "model_of"),
        ("writing", "os.fsync"),
        ("writing", "os.link"),
    ],
)
def test_interrupted_at_work(data: Path, tmp_path: Path, module: str, name: str) -> None:
    (tmp_path / "a.json").write_text("old", encoding="utf-8")
    code = INTERRUPT.format(module=module, name=name)
    done = subprocess.run(
        [sys.executable, "-c", code, "audit", str(data), *ROLES, "--json", "a.json"],
        cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "old"


@posix
def test_ended_by_the_system(data: Path, tmp_path: Path) -> None:
    """As by a container that is stopped: nothing half-written, and no temporary folder left."""
    (tmp_path / "a.json").write_text("old", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    code = INTERRUPT.format(module="questions", name="compare").replace("SIGINT", "SIGTERM")
    code = code.replace("    os.kill", "    assert os.listdir(os.environ['TMPDIR'])\n    os.kill")
    command = [sys.executable, "-c", code, "audit", str(data), *PLAIN, "--engine", "duckdb"]
    done = subprocess.run(
        [*command, "--json", "a.json"], cwd=tmp_path, capture_output=True, timeout=60, check=False,
        env=environment({"TMPDIR": str(tmp_path / "temporary")}),
    )  # fmt: skip
    assert done.returncode == 143, done.stderr
    assert (done.stdout, done.stderr) == (b"", b"")
    assert list((tmp_path / "temporary").iterdir()) == []
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == "old"


# --- audit.toml -----------------------------------------------------------------------------------

TOML = """
data = "people.csv"
label = "hired"
positive = "yes"
protected = ["gender", "race", "test"]
strata = "department"
ignore = ["clearance"]
model = "none"
seed = 5
fail-on = ["flag"]
allow_inconclusive = true
delimiter = ","
encoding = "utf-8"
header-row = 1
[bins]
test = [50]
[reference]
gender = "M people"
[values.gender]
Female = "F people"
Male = "M people"
[population.gender]
source = "a census"
period = "2020"
[population.gender.shares]
"F people" = 1
"M people" = 1
"""
FLAGS = (
    "--label", "hired", "--positive", "yes", "--protected", "gender", "--protected", "race",
    "--protected", "test", "--strata", "department", "--ignore", "clearance", "--model", "none",
    "--seed", "5", "--delimiter", ",", "--encoding", "utf-8", "--header-row", "1",
    "--bins", "test=50", "--reference", "gender=Male",
)  # fmt: skip


@pytest.fixture
def toml(data: Path, tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_bytes(data.read_bytes())
    (tmp_path / "audit.toml").write_text(TOML, encoding="utf-8")
    return tmp_path / "audit.toml"


def test_toml_keys_are_the_flags(auditkit_cli: Run, toml: Path) -> None:
    from_toml = auditkit_cli("audit", toml, "--json", "-", env=EPOCH)
    from_flags = auditkit_cli(
        "audit", toml.with_name("people.csv"), *FLAGS, "--json", "-", env=EPOCH
    )
    assert (from_toml.returncode, from_flags.returncode) == (1, 0)  # fail-on stands in the TOML
    spelled = from_toml.stdout.replace(b"F people", b"Female").replace(b"M people", b"Male")
    ours, theirs = record(spelled), record(from_flags.stdout)
    assert ours["schema"].pop("values") == {"gender": {"Female": "Female", "Male": "Male"}}
    assert ours["schema"].pop("population")["gender"]["source"] == "a census"
    for found in (ours, theirs):
        found["schema"].pop("values", None)
        found["schema"].pop("population", None)
    for section in ("seed", "data", "schema", "estimates", "disparities", "subgroups", "counts"):
        assert ours[section] == theirs[section], section
    assert ours["provenance"]["command"] == "auditkit audit audit.toml"


def test_a_flag_wins_over_toml(auditkit_cli: Run, toml: Path) -> None:
    done = auditkit_cli(
        "audit", toml, "--positive", "no", "--seed", "8", "--protected", "gender", "--reference",
        "gender=F people", "--bins", "test=20", "--protected", "test", "--fail-on", "simpson",
        "--json", "-",
    )  # fmt: skip
    found = record(done.stdout)
    assert done.returncode in {0, 1}
    assert (found["schema"]["positive"], found["seed"]) == ("no", 8)
    assert found["schema"]["protected"] == ["gender", "test"]
    assert found["schema"]["reference"] == {"gender": "F people"}
    assert found["schema"]["bins"] == {"test": [20.0]}
    assert found["schema"]["label"] == "hired"  # not named on the command line: from the file


def test_toml_names_outputs_too(auditkit_cli: Run, toml: Path, tmp_path: Path) -> None:
    text = TOML.replace('fail-on = ["flag"]\n', 'json = "a.json"\nquiet = true\n')
    toml.write_text(text, encoding="utf-8")
    done = auditkit_cli("audit", "audit.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert record((tmp_path / "a.json").read_bytes())["seed"] == 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("protcted = 'race'", "unknown key 'protcted' (did you mean 'protected'?)"),
        ("fail-onn = 'flag'", "did you mean 'fail_on'?"),
        ("label = = 3", "not valid TOML"),
        ("quiet = 'two'", "'quiet' cannot be two"),
    ],
)
def test_toml_at_fault(auditkit_cli: Run, toml: Path, line: str, said: str) -> None:
    toml.write_text(f"{line}\n{TOML}", encoding="utf-8")
    done = refused(auditkit_cli("audit", toml, "--json", "a.json", cwd=toml.parent))
    assert said in done
    assert "audit.toml" in done
    assert not (toml.parent / "a.json").exists()


# --- run again, and again -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["people.csv", "it's; a $(file) & more.csv"])
def test_the_recorded_command_gives_the_same_record(
    auditkit_cli: Run, data: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / name).write_bytes(data.read_bytes())
    (folder / "population.csv").write_text(
        "attribute,group,share,source\ngender,Female,47,census\ngender,Male,53,census\n",
        encoding="utf-8",
    )
    first = auditkit_cli(
        "audit", f"somewhere/{name}", *PLAIN, "--unfavorable", "--population",
        "somewhere/population.csv", "--seed", "3", "-q", "--json", "somewhere/first.json", "-o",
        "somewhere/first.html", "--fail-on", "simpson", "--allow-inconclusive",
        cwd=tmp_path, env=EPOCH,
    )  # fmt: skip
    assert first.returncode == 0, first.stderr
    wanted = (folder / "first.json").read_bytes()
    command = record(wanted)["provenance"]["command"]
    for word in ("somewhere", "first", "quiet", "fail-on", "simpson", "allow", "--json"):
        assert word not in command
    words = shlex.split(command)
    assert words[:3] == ["auditkit", "audit", name]
    again = auditkit_cli(*words[1:], "--json", "-", cwd=folder, env=EPOCH)
    assert again.stdout == wanted


@pytest.fixture(scope="module")
def wanted(made: tuple[Path, Any]) -> tuple[bytes, bytes]:
    return ((made[0] / "audit.json").read_bytes(), (made[0] / "report.html").read_bytes())


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONUTF8": "0"},
        {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TZ": "America/St_Johns"},
    ],
)
def test_the_same_bytes(
    auditkit_cli: Run,
    data: Path,
    tmp_path: Path,
    wanted: tuple[bytes, bytes],
    changes: Mapping[str, str],
) -> None:
    """The same data, settings and seed give the same bytes, wherever and however it is run."""
    done = auditkit_cli(
        "audit", os.path.relpath(data, tmp_path), *ROLES, "--strata", "department", "-q",
        "-o", "r.html", "--json", "a.json", cwd=tmp_path, env={**EPOCH, **changes},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.json").read_bytes() == wanted[0]
    assert (tmp_path / "r.html").read_bytes() == wanted[1]


def test_the_order_of_the_rows_does_not_matter(
    auditkit_cli: Run, data: Path, tmp_path: Path, wanted: tuple[bytes, bytes]
) -> None:
    header, *rows = applicants()
    random.Random(1).shuffle(rows)
    shuffled = write_rows(tmp_path / "people.csv", [header, *rows])
    assert shuffled.read_bytes() != data.read_bytes()
    done = auditkit_cli(
        "audit", shuffled, *ROLES, "--strata", "department", "--json", "-", env=EPOCH
    )
    ours, theirs = record(done.stdout), record(wanted[0])
    assert ours["data"].pop("sha256") != theirs["data"].pop("sha256")
    assert ours == theirs


@pytest.mark.parametrize("moment", ["yesterday", "", "1e9", "9" * 30])
def test_source_date_epoch_is_checked(auditkit_cli: Run, data: Path, moment: str) -> None:
    done = auditkit_cli("audit", data, *PLAIN, env={"SOURCE_DATE_EPOCH": moment})
    assert "SOURCE_DATE_EPOCH" in refused(done)


# --- where the output goes ------------------------------------------------------------------------


def test_an_input_is_never_overwritten(auditkit_cli: Run, toml: Path) -> None:
    folder = toml.parent
    (folder / "link.csv").symlink_to("people.csv")
    (folder / "shares.csv").write_text(
        "attribute,group,share\ngender,Female,1\ngender,Male,1\n", encoding="utf-8"
    )
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for args in (
        ("audit", "people.csv", *PLAIN, "-o", "people.csv"),
        ("audit", "people.csv", *PLAIN, "--json", "./people.csv"),
        ("audit", "people.csv", *PLAIN, "-o", "link.csv"),
        ("audit", "audit.toml", "-o", "people.csv"),
        ("audit", "audit.toml", "-o", "audit.toml"),
        ("audit", "people.csv", *PLAIN, "--population", "shares.csv", "-o", "shares.csv"),
        ("report", "people.csv", "-o", "people.csv"),
    ):
        assert "would overwrite the input" in refused(auditkit_cli(*args, cwd=folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_two_outputs_need_two_files(auditkit_cli: Run, data: Path, tmp_path: Path) -> None:
    args = ("audit", data, *PLAIN, "-o", "same", "--json", "./same")
    assert "both name same" in refused(auditkit_cli(*args, cwd=tmp_path))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere/r.html", "no such folder: nowhere"),
        (".", "is a folder"),
        ("", "is a folder"),
        ("x" * 300, "File name too long"),
    ],
)
def test_an_output_that_cannot_be(
    auditkit_cli: Run, tmp_path: Path, target: str, said: str
) -> None:
    # The data do not exist: the output is checked before they are looked at.
    for option in ("-o", "--json"):
        done = auditkit_cli("audit", "gone.csv", *PLAIN, option, target, cwd=tmp_path)
        assert said in refused(done)


WITHOUT_ROOTS_RIGHTS = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@posix
def test_a_folder_or_a_file_that_is_read_only(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "old.html").write_text("old", encoding="utf-8")
    (tmp_path / "kept.html").write_text("kept", encoding="utf-8")
    (tmp_path / "kept.html").chmod(0o444)
    locked.chmod(0o555)
    run = [sys.executable, "-c", WITHOUT_ROOTS_RIGHTS]
    options: dict[str, Any] = {"cwd": tmp_path, "env": environment(), "capture_output": True}
    probe = subprocess.run([*run, "-c", "open('locked/probe', 'w')"], check=False, **options)
    if probe.returncode == 0:
        pytest.skip("this user may write everywhere")
    for target in ("locked/new.html", "locked/old.html", "kept.html"):
        args = ["-m", "auditkit", "audit", "gone.csv", *PLAIN, "-o", target]
        assert "cannot write" in refused(subprocess.run([*run, *args], check=False, **options))
    locked.chmod(0o755)
    assert sorted(path.name for path in locked.iterdir()) == ["old.html"]
    assert (locked / "old.html").read_text(encoding="utf-8") == "old"
    assert (tmp_path / "kept.html").read_text(encoding="utf-8") == "kept"


@posix
def test_a_link_stays_and_a_device_is_never_replaced(
    made: tuple[Path, Any], auditkit_cli: Run, tmp_path: Path
) -> None:
    (tmp_path / "real.html").write_text("old", encoding="utf-8")
    (tmp_path / "link.html").symlink_to("real.html")
    done = auditkit_cli("report", made[0] / "audit.json", "-o", "link.html", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_bytes() == (made[0] / "report.html").read_bytes()

    os.mkfifo(tmp_path / "pipe")  # stands for /dev/null, which root could replace
    command = [sys.executable, "-m", "auditkit", "report", made[0] / "audit.json", "-o", "pipe"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    ) as child:
        content = (tmp_path / "pipe").read_bytes()
        assert child.wait(timeout=30) == 0
    assert content == (made[0] / "report.html").read_bytes()
    assert (tmp_path / "pipe").is_fifo()


# --- no network -----------------------------------------------------------------------------------

NO_NETWORK = """
import os, sys

def refuse(event, args):
    if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
        with open(os.environ["SEEN"], "a") as file:
            file.write(event + "\\n")
        raise RuntimeError("the network was asked for: " + event)

sys.addaudithook(refuse)
"""


def test_no_command_asks_the_network(auditkit_cli: Run, toml: Path, tmp_path: Path) -> None:
    hooks, seen = tmp_path / "hooks", tmp_path / "seen"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    env = {"PYTHONPATH": str(hooks), "SEEN": str(seen)}
    probe = "import socket; socket.getaddrinfo('example.org', 80)"
    tried = subprocess.run(
        [sys.executable, "-c", probe], env=environment(env), capture_output=True, check=False
    )
    assert b"the network was asked for" in tried.stderr  # the trap works
    seen.unlink()
    for args, code in (
        (("audit", toml, "--model", "logistic", "-o", "r.html", "--json", "a.json"), 1),
        (("report", "a.json", "-o", "again.html"), 0),
        (("profile", toml, "--fail-on", "simpson", "-q"), 0),
        (("metrics",), 0),
        (("sample", "there"), 0),
    ):
        done = auditkit_cli(*args, cwd=tmp_path, env=env)
        assert done.returncode == code, done.stderr
    assert not seen.exists()


# --- counts ---------------------------------------------------------------------------------------


def test_counts_on_standard_input(auditkit_cli: Run) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([
        ["sex", "hired", "n"], ["F", "yes", 30], ["F", "no", 70], ["M", "yes", 60], ["M", "no", 40],
    ])  # fmt: skip
    done = auditkit_cli(
        "audit", "-", "--label", "hired", "--protected", "sex", "--count", "n", "--model", "none",
        "--json", "-", stdin=text.getvalue().encode(),
    )  # fmt: skip
    found = record(done.stdout)
    assert (found["data"]["rows"], found["data"]["people"]) == (4, 200)
    values = {row["group"][0]: row["value"] for row in found["estimates"]}
    assert values == {"F": 0.3, "M": 0.6}


# --- progress -------------------------------------------------------------------------------------


def test_progress_tells_the_time_left_on_a_terminal_only(monkeypatch, capsys):
    from auditkit.cli import progress

    assert progress.progress_line(False) is None  # standard error is no terminal here
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert progress.progress_line(True) is None
    clock = iter([0.0, 3.0, 12.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    show = progress.progress_line(False)
    for done in (0, 1, 4):
        show("baseline", done, 4)
    lines = capsys.readouterr().err.split("\r")[1:]
    assert "left" not in lines[0]
    assert "1/4, 9 s left" in lines[1]  # 3 s for one of four
    assert lines[2].endswith("\n")
