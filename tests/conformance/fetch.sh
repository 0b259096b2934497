#!/usr/bin/env bash
# Fetches the test suites into pyrun's data folder, each file checked by SHA-256.
#
#   tests/conformance/fetch.sh cpython|numpy|pandas|scipy...
#
# CPython's comes from two packages of Debian's suite sid, through this machine's apt: the mirror and the keys that it is
# configured with, but lists and files in a folder of our own, so nothing is installed and no root is needed. The others come
# through pip. PYRUN_MIRROR may name a folder that has the files, which is looked in first: sid keeps a package only until
# the next version.
#
# Exit status: 0 all is there, 1 something could not be had, 2 wrong usage.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# When a version changes here, its name in src/suite.rs and what Node does with it (`conformance record`) change, too.
readonly PYTHON=3.14.10-1
readonly DEBS="
137b55a9b0794801a0226a8220c7c224e9e5e3a9d1261bd62573a87a6ad8bf31 libpython3.14-testsuite_${PYTHON}_all.deb
0af595928d7a49c12fe33d5667da95dc2fa9868e1a9a00625428074d3b3d458a libpython3.14-stdlib_${PYTHON}_amd64.deb
"
# What the tests need of the standard library and the release leaves out, besides `test` itself.
readonly LIBRARY="_aix_support.py _android_support.py _apple_support.py _ios_support.py _osx_support.py _pydecimal.py curses dbm
pydoc_data turtle.py venv"

say() { printf '%s\n' "fetch: $*" >&2; }
die() { say "$1"; exit "${2:-1}"; }
have() { command -v "$1" >/dev/null 2>&1; }

data_folder() {
    if [ -n "${PYRUN_HOME:-}" ]; then mkdir -p "$PYRUN_HOME" && cd "$PYRUN_HOME" && pwd
    elif [ "$(uname -s)" = Darwin ]; then printf '%s' "$HOME/Library/Application Support/pyrun"
    else printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/pyrun"
    fi
}

# from_mirror NAME...: copies files out of the person's own folder.
from_mirror() {
    local name
    [ -d "${PYRUN_MIRROR:-}" ] || return 0
    for name in "$@"; do
        [ ! -f "$PYRUN_MIRROR/$name" ] || cp "$PYRUN_MIRROR/$name" "$temp/files/"
    done
}

# verified LINES: all files are in $temp/files, as the lines "sha256 name" say.
verified() { (cd "$temp/files" && awk 'NF { print $1 "  " $2 }' <<<"$1" | sha256sum --quiet -c - >&2); }

# ---------------------------------------------------------------- CPython's, through apt

fetch_cpython() {
    local names
    names=$(awk 'NF { print $2 }' <<<"$DEBS")
    # Names are words. shellcheck disable=SC2086
    from_mirror $names
    if ! verified "$DEBS" 2>/dev/null; then
        have apt-get && have dpkg-deb || die "needs Debian's apt-get and dpkg-deb, or PYRUN_MIRROR with $(echo $names)"
        from_apt "libpython3.14-testsuite=$PYTHON" "libpython3.14-stdlib=$PYTHON"
        verified "$DEBS" || die "what apt brought is not what was recorded"
    fi
    unpack_cpython
}

# from_apt PACKAGE=VERSION...: downloads packages of sid from each Debian mirror that apt knows until one has them.
from_apt() {
    local uri
    mkdir -p "$temp/apt/state/lists/partial" "$temp/apt/cache/archives/partial"
    while read -r uri; do
        write_source "$uri"
        if own_apt update >"$temp/apt/log" 2>&1 && (cd "$temp/files" && own_apt download "$@") >>"$temp/apt/log" 2>&1; then
            return
        fi
        say "apt: $(grep '^[EW]:' "$temp/apt/log" | head -n 1)"
    done < <(debian_mirrors)
    die "apt could not bring $*: this needs a machine whose apt has a Debian mirror, and sid may have gone on to another version"
}

# The places that apt gets Debian's main section from, but for security updates, which are a place of their own.
debian_mirrors() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk '$2 == "main" && $1 !~ /security/ && $3 ~ /\/debian\/?$/ && !seen[$3]++ { print $3 }'
}

write_source() {
    local keys
    {
        printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nArchitectures: amd64\nTargets: Packages\n' "$1"
        for keys in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
            if [ -f "$keys" ]; then printf 'Signed-By: %s\n' "$keys"; break; fi
        done
    } >"$temp/apt/debian.sources"
}

# apt-get with lists, files and sources of its own, for one architecture, so that all machines get the same files.
own_apt() {
    apt-get -q -o Dir::State="$temp/apt/state" -o Dir::State::status=/dev/null -o Dir::Cache="$temp/apt/cache" \
        -o Dir::Etc::sourcelist="$temp/apt/debian.sources" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User= \
        -o Acquire::Languages=none -o Acquire::PDiffs=false "$@"
}

unpack_cpython() {
    local deb name library=$temp/deb/usr/lib/python3.14
    for deb in "$temp"/files/*.deb; do dpkg-deb -x "$deb" "$temp/deb"; done
    for name in test $LIBRARY; do mv "$library/$name" "$temp/suite/"; done
}

# ---------------------------------------------------------------- packages', through pip

find_pip() { # sets `python`: one that has pip
    for python in python3 python; do
        ! $python -m pip --version >/dev/null 2>&1 || return 0
    done
    die "needs Python 3 with pip"
}

# fetch_package NAME: the wheels are not for the Python that runs pip, but for the guest and, the package's, for nobody:
# only its tests and what pytest configures itself by are taken.
fetch_package() {
    local python wheel
    find_pip
    $python -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
        --python-version 3.14 --platform manylinux_2_27_x86_64 --platform manylinux_2_24_x86_64 --platform any \
        ${PYRUN_MIRROR:+--find-links "$PYRUN_MIRROR"} -d "$temp/files" -r "$here/$1.txt" >&2
    mkdir "$temp/package" "$temp/suite/site"
    for wheel in "$temp"/files/*.whl; do
        case ${wheel##*/} in
            "$1"-*) $python -m zipfile -e "$wheel" "$temp/package" ;;
            *) $python -m zipfile -e "$wheel" "$temp/suite/site" ;;
        esac
    done
    (cd "$temp/package" && find "$1" \( -name tests -o -name conftest.py \) -prune -exec cp --parents -r {} "$temp/suite" \;)
}

# ---------------------------------------------------------------- the run

# place SUITE VERSION COMMAND...: fetches a suite by the command unless it is there; it appears by one rename, complete.
place() {
    local suite=$1 folder=$home/$1-$2
    shift 2
    [ ! -d "$folder" ] || { say "$suite's tests are in $folder"; return; }
    temp=$(mktemp -d "$home/tmp.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    mkdir "$temp/files" "$temp/suite"
    "$@"
    mv "$temp/suite" "$folder"
    rm -rf "$temp"
    say "$suite's tests are in $folder"
}

[ $# -gt 0 ] || die "usage: tests/conformance/fetch.sh cpython|numpy|pandas|scipy..." 2
home=$(data_folder)/conformance
mkdir -p "$home"
for suite in "$@"; do
    case $suite in
        cpython) place cpython "$PYTHON" fetch_cpython ;;
        numpy | pandas | scipy) place "$suite" "$(sed -n "s/^$suite==\([^ ]*\).*/\1/p" "$here/$suite.txt")" fetch_package "$suite" ;;
        *) die "there is no suite '$suite'" 2 ;;
    esac
done
