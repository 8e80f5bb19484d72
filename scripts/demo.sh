#!/usr/bin/env bash
# Install auditkit into .venv and audit the sample data. Leaves report.html and audit.json here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
source scripts/environment.sh

make_venv
say "installing auditkit and what it needs"
venv_pip install --editable .

say "auditkit audit sample_data/hiring.toml -o report.html --json audit.json"
.venv/bin/auditkit audit sample_data/hiring.toml -o report.html --json audit.json

say "done"
echo "Open the report in a browser:  $PWD/report.html"
echo "The record, for a machine:     $PWD/audit.json"
echo "Your own data:                 .venv/bin/auditkit audit --help"
