# What demo.sh and test.sh share: sourced, never run. It makes .venv at the top of the checkout.

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# apt_install PACKAGE...: install Debian packages, without questions.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || return 1
        root=(sudo -n)
    fi
    "${root[@]}" apt-get update -qq || true # an old list may still know the package
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The first Python that is new enough; PYTHON=... names another.
find_python() {
    local name
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

# Make .venv, or keep the one that works.
make_venv() {
    local python
    if .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    python=$(find_python) || fail "Python 3.11 or newer is needed (PYTHON=/path/to/python names one)"
    say "making .venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        local version
        version=$("$python" -c 'import sys; print("{}.{}".format(*sys.version_info))')
        apt_install "python$version-venv" || apt_install python3-venv ||
            fail "this Python cannot make a virtual environment: install python$version-venv"
    fi
    "$python" -m venv --clear .venv
}

# venv_pip ARGUMENT...: the pip of .venv, quiet and without questions.
venv_pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input "$@"; }
