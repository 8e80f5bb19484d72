"""The wheel, alone: installed elsewhere, run from another folder, the checkout out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import auditkit

ROOT = Path(__file__).resolve().parents[1]


def run(*command: object, cwd: Path, code: int = 0) -> str:
    """Run a command without anything in the environment that could lead back to the checkout."""
    ours = ("PYTHON", "COV", "PYTEST")
    env = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with auditkit from the wheel; only its dependencies come from ours.

    The ``.pth`` file names the folder of our packages. Python does not read the ``.pth`` files
    *inside* a folder that is named so, so an editable install of the checkout stays out.
    """
    place = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    scripts = "Scripts" if os.name == "nt" else "bin"
    interpreter = place / scripts / "python"
    run(
        sys.executable, "-m", "pip", "--python", interpreter, "--disable-pip-version-check",
        "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=place,
    )  # fmt: skip
    packages = Path(
        run(
            interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place
        ).strip()
    )
    ours = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("\n".join(ours) + "\n", encoding="utf-8")
    return interpreter


@pytest.fixture(scope="module")
def command(python: Path) -> Path:
    return python.with_name("auditkit")


@pytest.fixture(scope="module")
def folder(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the sample in it, as a user of the wheel would."""
    place = tmp_path_factory.mktemp("user")
    told = run(command, "sample", cwd=place)
    assert told == "auditkit audit sample_data/hiring.toml -o report.html\n"
    return place


@pytest.fixture(scope="module")
def audited(command: Path, folder: Path) -> str:
    request = ("audit", "sample_data/hiring.toml", "-o", "report.html", "--json", "audit.json")
    return run(command, *request, cwd=folder)


@pytest.mark.parametrize(
    "name",
    [
        "auditkit/py.typed",
        "auditkit/audit.schema.json",
        "auditkit/default_policy.toml",
        "auditkit/_sample_data/hiring.csv",
        "auditkit/_sample_data/hiring.toml",
        "auditkit/_sample_data/berkeley_admissions.csv",
    ],
)
def test_the_wheel_holds(names: list[str], name: str) -> None:
    assert name in names


def test_every_template_is_in_the_wheel(names: list[str]) -> None:
    source = ROOT / "reports" / "templates"
    wanted = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    inside = "auditkit/report/_templates/"
    assert wanted
    assert {name.removeprefix(inside) for name in names if name.startswith(inside)} == wanted


def test_every_module_is_in_the_wheel(names: list[str]) -> None:
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / "auditkit").rglob("*.py")}
    assert wanted <= set(names)


def test_nothing_else_is_in_the_wheel(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert tops == {"auditkit", f"auditkit_fairness-{auditkit.__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_no_file_names_the_place_where_it_was_built(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        telling = [name for name in archive.namelist() if str(ROOT).encode() in archive.read(name)]
    assert telling == []


def test_metadata(wheel: Path) -> None:
    info = f"auditkit_fairness-{auditkit.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        licence = archive.read(f"{info}/licenses/LICENSE").decode()
    assert metadata["Name"] == "auditkit-fairness"
    assert metadata["Version"] == auditkit.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "auditkit = auditkit.cli:main" in scripts
    assert "The auditkit authors" in licence


def test_the_checkout_is_out_of_reach(python: Path, folder: Path) -> None:
    code = "import auditkit, sys; print(auditkit.__file__); print(*sys.path, sep='\\n')"
    found, *path = run(python, "-c", code, cwd=folder).splitlines()
    assert Path(found).resolve().is_relative_to(python.parents[1].resolve())
    assert str(ROOT) not in path


def test_version(command: Path, folder: Path) -> None:
    assert auditkit.__version__ in run(command, "--version", cwd=folder)


def test_the_sample_is_whole(folder: Path) -> None:
    source = ROOT / "sample_data"
    wanted = {path.name: path.read_bytes() for path in source.iterdir() if path.is_file()}
    found = {path.name: path.read_bytes() for path in (folder / "sample_data").iterdir()}
    assert found == wanted


def test_the_main_job(audited: str, folder: Path) -> None:
    assert "gender: Female has the outcome at 0.58 times the rate of Male" in audited
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert auditkit.Audit.read(folder / "audit.json").data["rows"] == 6000


def test_the_templates_are_the_wheels_own(python: Path, folder: Path) -> None:
    code = "from auditkit.report.templates import folder; print(folder())"
    place = Path(run(python, "-c", code, cwd=folder).strip())
    assert place.name == "_templates"
    assert place.is_relative_to(python.parents[1].resolve())


@pytest.mark.usefixtures("audited")
def test_the_report_again_from_the_record(command: Path, folder: Path) -> None:
    run(command, "report", "audit.json", "-o", "again.html", cwd=folder)
    assert (folder / "again.html").read_bytes() == (folder / "report.html").read_bytes()
