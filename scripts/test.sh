#!/usr/bin/env bash
# Install what the tests need into .venv (and a browser, PostgreSQL and Java, where there are none),
# then run every check.
# The last line is pytest's summary. In CI (CI=true) whatever is missing is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
source scripts/environment.sh

browser() { command -v chromium || command -v chromium-browser; }

make_venv
say "installing auditkit and the development tools"
venv_pip install --upgrade 'pip>=25.1'
venv_pip install --editable . --group dev
export PATH="$PWD/.venv/bin:$PATH"

if ! browser >/dev/null; then
    say "installing a browser for the tests of the report"
    apt_install chromium fonts-liberation || true
fi
if ! browser >/dev/null; then
    [ -z "${CI:-}" ] || fail "no browser: install chromium"
    echo "warning: no chromium here and none could be installed; the browser tests will be skipped" >&2
fi

# postgres and java: real servers and a real Spark session for the tests of engines.
has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
missing=()
has_postgres || missing+=(postgresql)
command -v java >/dev/null || missing+=(default-jre-headless)
if [ "${#missing[@]}" -gt 0 ]; then
    say "installing what the tests of engines need: ${missing[*]}"
    apt_install "${missing[@]}" || true
fi
has_postgres || echo "warning: no PostgreSQL here; the tests that need it are skipped" >&2
command -v java >/dev/null || echo "warning: no Java here; the tests of Spark are skipped" >&2

say "ruff"
ruff check .
ruff format --check .

say "mypy --strict"
mypy

say "sdist and wheel"
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
python -m build --no-isolation --outdir "$packed" . >"$packed/log" 2>&1 || {
    cat "$packed/log"
    fail "the package cannot be built"
}
ls "$packed"/*.whl "$packed"/*.tar.gz | sed 's|.*/||'

say "pytest"
coverage=(--cov --cov-report term)
[ "$#" -eq 0 ] || coverage=() # a part of the tests covers a part of the code
pytest -n "${TEST_WORKERS:-auto}" --dist loadfile "${coverage[@]}" "$@"
