#!/bin/sh
# Builds or refreshes a virtual environment from a lock file and installs rollcall into it.
# Usage: tools/venv.sh VENV LOCK_FILE
#
# Every package is checked against the hash in the lock file. Rollcall itself is installed
# in place, with the build backend of the same lock file, so that nothing unpinned is run.
set -eu

venv=$1
lock=$2

say() { printf 'rollcall: %s\n' "$*"; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The system's own Python first: distributions build it with profile guided optimisation and
# link it statically, which made a REGISTER about a fifth cheaper than a Python built with defaults
# (docs/decisions/0012-the-systems-python-first.md).
find_python() {
    for candidate in ${PYTHON:-} /usr/bin/python3.1[1-9] /usr/bin/python3; do
        if recent "$candidate" && "$candidate" -c 'import ensurepip' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    for candidate in python3.11 python3 python3.13 python3.12; do
        if recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "no Python 3.11 or newer found; install one, or name it with PYTHON=/path/to/python" >&2
    exit 1
}

if ! [ -x "$venv/bin/python" ]; then
    python=$(find_python)
    # Debian ships venv's other half apart from Python.
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        "$(dirname "$0")/debian.sh" "$("$python" -c \
            'import sys; print("ensurepip=python%d.%d-venv" % sys.version_info[:2])')"
    fi
    say "making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

say "installing the packages of $lock into $venv (the first time takes a minute)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --editable .
say "$venv is ready"
