"""Put a bundle together: report, summary, record, tables, packs, and a manifest with hashes."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from auditkit.bundle.modelcard import model_card
from auditkit.bundle.remaking import Remade
from auditkit.compliance.packs import FOLDER, pack_names, read_pack
from auditkit.disclosure import MIN_CELL, public_record
from auditkit.errors import RequestError, shown
from auditkit.record import Audit
from auditkit.report.publication import render_summary
from auditkit.tables import tables_of, to_csv, to_xlsx
from auditkit.writing import write_whole

__all__ = ["FORMAT", "MANIFEST", "SEAL", "VERSION", "bundle_files", "write_bundle"]

FORMAT, VERSION = "auditkit.bundle", 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"


def bundle_files(
    audit: Audit, remade: Remade, *, audience: str = "internal", min_cell: int = MIN_CELL
) -> dict[str, bytes]:
    """Return the files of a bundle, the manifest last, and then its seal.

    Parameters
    ----------
    audit : Audit
        The whole record.
    remade : Remade
        How to make it again.
    audience : {"internal", "public"}
        ``public`` puts only the public edition into the bundle.
    min_cell : int
        The smallest count that the public edition and the summary tell.

    Returns
    -------
    dict of str to bytes
        Path → content, in a fixed order; the same audit gives the same bytes.
    """
    whole = audit.to_dict()
    told = public_record(whole, min_cell=min_cell) if audience == "public" else whole
    edition = Audit.from_dict(told)
    files: dict[str, bytes] = {
        "audit.json": edition.to_json().encode("utf-8", "backslashreplace"),
        "report.html": edition.to_html(**remade.look).encode("utf-8", "backslashreplace"),
    }
    if any(entry.get("publish") for entry in whole["compliance"]):
        public = told if audience == "public" else public_record(whole, min_cell=min_cell)
        files["summary.html"] = render_summary(public).encode("utf-8", "backslashreplace")
    files["model-card.md"] = model_card(told).encode("utf-8", "backslashreplace")
    sheets = tables_of(told)
    for sheet in sheets:
        files[f"tables/{sheet.name}.csv"] = to_csv(sheet).encode("utf-8", "backslashreplace")
    files["tables.xlsx"] = to_xlsx(sheets, created=audit.created)
    for name in remade.frameworks:
        place = FOLDER / f"{name}.toml" if name in pack_names() else Path(name)
        files[f"packs/{read_pack(name).name}.toml"] = place.read_bytes()
    manifest = _manifest(audit, remade, files, audience, min_cell)
    text = json.dumps(manifest, ensure_ascii=False, indent=1, default=str) + "\n"
    content = text.encode("utf-8", "backslashreplace")
    seal = f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n"
    return {**files, MANIFEST: content, SEAL: seal.encode("ascii")}


def _manifest(
    audit: Audit, remade: Remade, files: Mapping[str, bytes], audience: str, min_cell: int
) -> dict[str, Any]:
    packs = [read_pack(name) for name in remade.frameworks]
    public = audience == "public"
    request = remade.plain(public=public)
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "auditkit": audit.auditkit,
        "created": audit.created,
        "seal": SEAL,
        "audience": audience,
        "min_cell": min_cell,
        "command": request["command"],
        "environment": {
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
            "versions": dict(audit.provenance.get("versions") or {}),
        },
        "input": {
            "name": None if public else audit.data.get("source"),
            "sha256": None if public else audit.data.get("sha256"),
            "bytes": None if public else audit.data.get("bytes"),
        },
        "request": request,
        "packs": [
            {"name": pack.name, "as_of": pack.as_of.isoformat(), "sha256": pack.sha256}
            for pack in packs
        ],
        "files": [
            {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for path, content in files.items()
        ],
    }


def write_bundle(path: str | Path, files: Mapping[str, bytes], *, created: str) -> None:
    """Write a bundle into a zip file, or into a folder that is empty or not there.

    Parameters
    ----------
    path : str or path
        A name that ends in ``.zip``, or a folder.
    files : mapping
        As :func:`bundle_files` returns them.
    created : str
        The time stamp of the entries of a zip file.

    Raises
    ------
    RequestError
        When the folder holds something, or the file cannot be written.
    """
    place = Path(path)
    if place.suffix.lower() == ".zip":
        write_whole(place, _zipped(files, created))
        return
    check_folder(place)
    for name, content in files.items():
        target = place / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RequestError(
                f"cannot make {shown(target.parent, 200)}: {error.strerror}"
            ) from None
        write_whole(target, content)


def check_folder(place: Path) -> None:
    """Raise when a folder for a bundle is a file or holds something."""
    if place.is_dir() and any(place.iterdir()):
        raise RequestError(f"--bundle {shown(place.name)}: the folder is not empty; name another")
    if place.exists() and not place.is_dir():
        raise RequestError(f"--bundle {shown(place.name)} is a file; name a folder or a .zip file")


def _zipped(files: Mapping[str, bytes], created: str) -> bytes:
    moment = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ")
    stamp = (max(moment.year, 1980), *moment.timetuple()[1:6])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()
