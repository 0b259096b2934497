#!/usr/bin/env bash
# Records what Node with the same Pyodide release prints and returns for tests/scripts/AREA/NAME.py.
#
#   tests/oracle/record.sh [--check] [--release VERSION] [NAME...]     all scripts when no name is given
#
# Writes NAME.stdout and NAME.status beside the script, and NAME.stderr when something was printed there
# (in both the scripts' folder is written <scripts>; in it the interpreter's own path <program>, and every address 0x0).
# --check compares with what is recorded instead: it shows that a script says the same each time. Needs Node 20
# or later, npm, and ./assets-fetch.sh.
#
# For another release than the default one, the files go into a folder of that name, and only where they differ from the
# default release's; its `recorded` lists all scripts that were recorded. Scripts whose packages that release does not
# have are left out.
#
# The first lines of a script may say what it needs:
#   # packages: numpy, pandas     loaded before it runs, with what they depend on
#   # node: --some-flag           further flags for Node
#   # not-node: why               Node cannot be the oracle here: left alone, the golden files are written
#                                 by hand from what CPython prints elsewhere
#   # command: -W error {script} a  CPython's command line, in words: {script} is the script's path, {text} what
#                                 is in it (for -c {text}). Without this line it is {script}
#   # env: NAME=VALUE             further environment variables; TZ is set for Node itself too, whose clock tells
# NAME.stdin is its standard input; without one the script is where the command has -, else nothing is.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scripts=$(cd "$here/../scripts" && pwd)
root=$(cd "$here/../.." && pwd)
releases=$root/pyodide-loader/releases
default_release=$(cat "$releases/default")
release=$default_release

data_folder() {
    if [ -n "${PYRUN_HOME:-}" ]; then (mkdir -p "$PYRUN_HOME" && cd "$PYRUN_HOME" && pwd)
    elif [ "$(uname -s)" = Darwin ]; then printf '%s' "$HOME/Library/Application Support/pyrun"
    else printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/pyrun"
    fi
}

# The release's own JavaScript, which pyrun never needs: kept beside pyrun's data, out of the repository.
fetch_node_release() {
    [ ! -f "$core/pyodide.mjs" ] || return 0
    command -v npm >/dev/null || { echo "record.sh: needs npm" >&2; exit 1; }
    local temp
    mkdir -p "$home/oracle"
    temp=$(mktemp -d "$home/oracle/tmp.XXXXXX")
    (cd "$temp" && npm pack "pyodide@$release" --silent >/dev/null && tar -xzf ./*.tgz)
    mv "$temp/package" "$core"
    rm -rf "$temp"
}

# script NAME: the path of a script, which lies in the folder of its area; prints nothing for an unknown script.
script() { find "$scripts" -mindepth 2 -maxdepth 2 -name "$1.py"; }

header() { sed -n "1,8s/^# $2: *//p" "$1"; }

# run_one NAME PREFIX: writes PREFIX.stdout, PREFIX.stderr, PREFIX.status.
run_one() {
    local script folder input=/dev/null status=0 zone=UTC word
    script=$(script "$1")
    folder=${script%/*}
    local -a words=() command=() variables=()
    read -ra words <<<"$(header "$script" command)"
    for word in "${words[@]:-"{script}"}"; do
        case $word in
            "{script}") word=$script ;;
            "{text}") word=$(cat "$script"; printf .) && word=${word%.} ;;
            -) input=$script ;;
        esac
        command+=("$word")
    done
    [ ! -f "$folder/$1.stdin" ] || input=$folder/$1.stdin
    read -ra words <<<"$(header "$script" env)"
    for word in ${words[@]+"${words[@]}"}; do
        case $word in TZ=*) zone=${word#TZ=} ;; esac
        variables+=(--env "$word")
    done
    # Flags are words. shellcheck disable=SC2046
    TZ=$zone node $(header "$script" node) "$here/run.mjs" --core "$core" --wheels "$home/releases/$release/wheels" \
        --packages "$(header "$script" packages)" ${variables[@]+"${variables[@]}"} -- "${command[@]}" \
        <"$input" >"$2.stdout" 2>"$2.stderr" || status=$?
    echo "$status" >"$2.status"
    LC_ALL=C sed "s|$folder|<scripts>|g" "$2.stdout" >"$2.sed" && mv "$2.sed" "$2.stdout"
    sed -E "s|$folder|<scripts>|g; s| at 0x[0-9a-f]*| at 0x0|g; s#(\./|/home/pyodide/)this\.program|$here/run\.mjs#<program>#g" \
        "$2.stderr" >"$2.sed" && mv "$2.sed" "$2.stderr"
    [ -s "$2.stderr" ] || rm "$2.stderr"
}

# The packages of a script that the release has no wheel of.
lacking() {
    header "$1" packages | tr ', ' '\n\n' | awk -F '\t' '
        function canonical(name) { name = tolower(name); gsub(/[-_.]+/, "-", name); return name }
        NR == FNR { if ($3 == "wheel") there[canonical($5)] = 1; next }
        $0 != "" && !(canonical($0) in there)' "$releases/$release/assets.tsv" -
}

# Files as they are for the default release are not kept again.
keep_differences() {
    local kind
    for kind in stdout stderr status; do
        if [ -e "$1.$kind" ] || [ -e "$2.$kind" ]; then cmp -s "$1.$kind" "$2.$kind" || return 0; fi
    done
    rm -f "$1.stdout" "$1.stderr" "$1.status"
}

# Runs in a process of its own for each script.
one() {
    local temp result=0 kind reason script golden
    script=$(script "$1")
    golden=${script%/*}
    reason=$(header "$script" not-node)
    [ -n "$reason" ] || reason=$(lacking "$script" | tr '\n' ' ' | sed 's/..*/the release has no &/')
    if [ -n "$reason" ]; then echo "$1: left alone: $reason" >&2; return; fi
    temp=$(mktemp -d)
    run_one "$1" "$temp/$1"
    if [ "$release" != "$default_release" ]; then
        golden=$scripts/$release
        mkdir -p "$golden"
        keep_differences "$temp/$1" "${script%.py}"
    fi
    for kind in stdout stderr status; do
        if [ "$mode" = check ]; then
            [ -e "$temp/$1.$kind" ] || [ -e "$golden/$1.$kind" ] || continue
            diff -u "$golden/$1.$kind" "$temp/$1.$kind" || result=1
        else
            rm -f "$golden/$1.$kind"
            [ ! -e "$temp/$1.$kind" ] || cp "$temp/$1.$kind" "$golden/$1.$kind"
        fi
    done
    if [ "$mode" = record ] && [ "$release" != "$default_release" ]; then echo "$1" >>"$golden/recorded"; fi
    echo "$1: $([ -e "$temp/$1.status" ] && echo "status $(cat "$temp/$1.status")" || echo "as for $default_release")$([ $result = 0 ] || echo ', differs')" >&2
    rm -rf "$temp"
    return $result
}

mode=record
if [ "${1:-}" = --check ]; then mode=check; shift; fi
if [ "${1:-}" = --release ]; then release=$2; shift 2; fi
case ${1:-} in
    --one) mode=$2 ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
home=$(data_folder)
core=$home/oracle/$release
if [ "${1:-}" = --one ]; then one "$3"; exit; fi

[ -d "$home/releases/$release/wheels" ] || { echo "record.sh: run ./assets-fetch.sh first" >&2; exit 1; }
fetch_node_release
if [ $# -eq 0 ]; then
    for file in "$scripts"/*/*.py; do
        file=${file##*/}
        set -- "$@" "${file%.py}"
    done
fi
for name in "$@"; do
    [ -n "$(script "$name")" ] || { echo "record.sh: there is no tests/scripts/AREA/$name.py" >&2; exit 2; }
done
printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" --release "$release" --one "$mode"
recorded=$scripts/$release/recorded
[ ! -e "$recorded" ] || LC_ALL=C sort -u -o "$recorded" "$recorded"
