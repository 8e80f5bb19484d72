"""Bring a chart engine into the package: python scripts/engine.py VERSION.

Downloads plotly.js (basic bundle: lines, points and bars; MIT licence) from the npm registry,
holds it against the registry's SHA-512, and writes it compressed into auditkit/report/engine/,
with its licence and its version. Reports carry it: nobody who makes or reads one downloads
anything.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from urllib.request import urlopen

FOLDER = Path(__file__).resolve().parents[1] / "auditkit" / "report" / "engine"
PACKAGE = "https://registry.npmjs.org/plotly.js-basic-dist-min/"


def fetched(url: str) -> bytes:
    """Return what lies at a URL."""
    with urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def main() -> None:
    """Download, check and write."""
    version = sys.argv[1]
    told = json.loads(fetched(PACKAGE + version))["dist"]
    packed = fetched(told["tarball"])
    digest = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode("ascii")
    if digest != told["integrity"]:
        sys.exit("what was downloaded is not what the registry names")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = {
            name: (archive.extractfile(f"package/{name}") or io.BytesIO()).read()
            for name in ("plotly-basic.min.js", "LICENSE")
        }
    FOLDER.mkdir(exist_ok=True)
    script = files["plotly-basic.min.js"].decode("utf-8").encode("utf-8")
    made = bytearray(gzip.compress(script, 9, mtime=0))
    made[9] = 255  # the header's system byte, which differs between versions of Python
    (FOLDER / "plotly-basic.min.js.gz").write_bytes(made)
    (FOLDER / "LICENSE").write_bytes(files["LICENSE"])
    about = {
        "name": "plotly.js, basic bundle",
        "version": version,
        "sha256": hashlib.sha256(script).hexdigest(),
        "from": told["tarball"],
        "integrity": told["integrity"],
    }
    (FOLDER / "engine.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
