#!/bin/sh
# Installs the Debian packages of commands that are missing.
# Usage: tools/debian.sh COMMAND=PACKAGE...
#
# Does nothing when every command is there. As root it installs the rest and says so;
# otherwise it prints the one line to type, and fails.
set -eu

missing=
for pair in "$@"; do
    command=${pair%%=*}
    package=${pair#*=}
    if command -v "$command" >/dev/null 2>&1; then continue; fi
    # Some packages bring no command, or one outside of PATH.
    case $(dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null) in
        *' ok installed') continue ;;
    esac
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    printf 'rollcall: not found, please install:%s (names of Debian packages)\n' "$missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    printf 'rollcall: Debian packages are missing. Type this, then try again:\n\n' >&2
    printf '  sudo apt-get update && sudo apt-get install --yes --no-install-recommends%s\n\n' \
        "$missing" >&2
    exit 1
fi
printf 'rollcall: installing Debian packages:%s\n' "$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
# shellcheck disable=SC2086  the list is meant to fall into words
apt-get install --yes --quiet=2 --no-install-recommends $missing >/dev/null
