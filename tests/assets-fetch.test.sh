#!/usr/bin/env bash
# Tests assets-fetch.sh on an invented release of four small files: no network, no registry, a second.
# What a real fetch does beyond this (npm, pip, the CDN) is run by CI, which fetches the real release.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
failures=0

fail() { echo "FAIL $case: $*"; sed 's/^/    | /' "$work/log"; failures=$((failures + 1)); }
expect_status() { [ "$status" = "$1" ] || fail "status $status, expected $1"; }
expect_said() { grep -qF -- "$1" "$work/log" || fail "did not say: $1"; }
expect_silent_about() { ! grep -qF -- "$1" "$work/log" || fail "said: $1"; }
expect_files() { # exactly these below PYRUN_HOME, but for the lock file
    local found
    found=$(cd "$PYRUN_HOME" 2>/dev/null && find . -type f ! -name .fetch.lock | sort | tr '\n' ' ')
    [ "$found" = "$1" ] || fail "files are '$found', expected '$1'"
}
# The tools of a bare machine: no curl, npm or Python unless a case adds them.
fetch() { PATH=${tools-$bare} "$script" --release 0.0.1 "$@" >"$work/log" 2>&1; status=$?; }
begin() { case=$1; PYRUN_HOME=$work/home-$1; export PYRUN_HOME; unset PYRUN_MIRROR tools; }

# ---- the invented release
mkdir -p "$work/root/pyodide-loader/releases/0.0.1" "$work/good" "$work/laid/releases/0.0.1/wheels" "$work/bare"
script=$work/root/assets-fetch.sh
releases=$work/root/pyodide-loader/releases
manifest=$releases/0.0.1/assets.tsv
echo 0.0.1 >"$releases/default"
cp "$root/assets-fetch.sh" "$script"
bare=$work/bare
for tool in bash env cat mkdir mv cp rm cut sed awk tr wc mktemp dirname basename uname chmod touch tail head \
    grep sort sha256sum shasum flock sleep; do
    path=$(command -v $tool) && ln -s "$path" "$bare/$tool"
done
for f in core.wasm a-1.whl b-1.whl c-1.whl; do
    { echo "$f"; head -c 300000 /dev/zero; } >"$work/good/$f"
done
row() { # file kind package depends
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$( (sha256sum "$work/good/$1" || shasum -a 256 "$work/good/$1") 2>/dev/null | cut -d' ' -f1)" \
        "$(wc -c <"$work/good/$1" | tr -d ' ')" "$2" "$1" "$3" "$4"
}
{ row core.wasm core - -; row a-1.whl wheel a -; row b-1.whl wheel B_x c; row c-1.whl extra c -; } >"$manifest"
cp "$work/good/core.wasm" "$work/laid/releases/0.0.1/"
cp "$work/good/a-1.whl" "$work/good/b-1.whl" "$work/laid/releases/0.0.1/wheels/"
base=./releases/0.0.1

begin installs_all_releases
export PYRUN_MIRROR=$work/good
cp -r "$releases/0.0.1" "$releases/0.0.2"
PATH=$bare "$script" --all >"$work/log" 2>&1
status=$?
rm -r "$releases/0.0.2"
expect_status 0
expect_files "$(for r in "$base" "${base%1}2"; do printf "%s " "$r/core.wasm" "$r/wheels/a-1.whl" "$r/wheels/b-1.whl"; done)"
PATH=$bare "$script" --all --core-only >"$work/log" 2>&1
status=$?
expect_status 2

begin installs_from_a_flat_folder
export PYRUN_MIRROR=$work/good
fetch
expect_status 0
expect_files "$base/core.wasm $base/wheels/a-1.whl $base/wheels/b-1.whl "
expect_said "all 3 files"
cmp -s "$work/good/b-1.whl" "$PYRUN_HOME/releases/0.0.1/wheels/b-1.whl" || fail "other bytes"

case=second_run_is_a_no_op
fetch
expect_status 0
expect_silent_about "looking in"
[ "$(wc -l <"$work/log" | tr -d ' ')" = 1 ] || fail "more than one line"

case=a_damaged_file_is_fetched_again
echo spoiled >"$PYRUN_HOME/releases/0.0.1/core.wasm"
fetch
expect_status 0
cmp -s "$work/good/core.wasm" "$PYRUN_HOME/releases/0.0.1/core.wasm" || fail "still spoiled"

begin installs_from_a_laid_out_folder
export PYRUN_MIRROR=$work/laid
fetch
expect_status 0
expect_files "$base/core.wasm $base/wheels/a-1.whl $base/wheels/b-1.whl "

begin refuses_a_wrong_hash_and_leaves_nothing
cp -r "$work/good" "$work/wrong"
echo x >>"$work/wrong/core.wasm"
export PYRUN_MIRROR=$work/wrong
fetch --core-only
expect_status 1
expect_said "refused core.wasm from the mirror"
expect_files ""

begin a_missing_file_falls_through_and_is_named
cp -r "$work/good" "$work/partial"
rm "$work/partial/a-1.whl"
export PYRUN_MIRROR=$work/partial
fetch
expect_status 1
expect_said "needs curl"
expect_said "  a-1.whl"
expect_silent_about "  b-1.whl"
expect_files "$base/core.wasm $base/wheels/b-1.whl "

begin core_only
export PYRUN_MIRROR=$work/good
fetch --core-only
expect_status 0
expect_files "$base/core.wasm "

begin wheels_with_what_they_depend_on
export PYRUN_MIRROR=$work/good
fetch --wheels b.X
expect_status 0
expect_files "$base/core.wasm $base/wheels/b-1.whl $base/wheels/c-1.whl "

begin wrong_usage
fetch --nonsense; expect_status 2; expect_said "unknown argument"
fetch --wheels a,nope,nor; expect_status 2; expect_said "not in the lock of 0.0.1: nope, nor"
fetch --wheels; expect_status 2
fetch --wheels a --core-only; expect_status 2
fetch --release 9.9.9; expect_status 2; expect_said "known: 0.0.1"
fetch --release ../x; expect_status 2
fetch --help; expect_status 0; expect_said "Usage:"
expect_files ""

begin a_relative_data_home_counts_for_nothing
(unset PYRUN_HOME; export HOME=/h XDG_DATA_HOME=relative; fetch --help)
expect_said "(now: /h/.local/share/pyrun)"
(unset PYRUN_HOME; export HOME=/h XDG_DATA_HOME=/x; fetch --help)
expect_said "(now: /x/pyrun)"

if [ "$(id -u)" != 0 ]; then
    begin a_read_only_data_folder
    mkdir -p "$PYRUN_HOME" && chmod 555 "$PYRUN_HOME"
    export PYRUN_MIRROR=$work/good
    fetch
    expect_status 1
    expect_said "cannot write to"
fi

for locking in with_flock without_flock; do
    begin "runs_at_once_$locking"
    export PYRUN_MIRROR=$work/good
    if [ $locking = without_flock ]; then
        cp -a "$bare" "$work/no-flock"
        rm -f "$work/no-flock/flock"
        tools=$work/no-flock
    fi
    jobs=
    for i in 1 2 3 4; do
        PATH=${tools-$bare} "$script" --release 0.0.1 >"$work/log.$i" 2>&1 & jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job" || fail "one of four runs at once failed"; done
    expect_files "$base/core.wasm $base/wheels/a-1.whl $base/wheels/b-1.whl "
    [ "$(cat "$work"/log.[1-4] | grep -c 'looking in')" -ge 1 ] || fail "nobody fetched"
done

# ---- over HTTP, from a server that breaks off every first answer half way
if command -v curl >/dev/null && command -v python3 >/dev/null; then
    begin resumes_a_broken_download
    cat >"$work/server.py" <<'PY'
import http.server, pathlib, re, sys
root, seen = pathlib.Path(sys.argv[1]), set()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = root / self.path.lstrip("/")
        if not path.is_file():
            return self.send_error(404)
        data = path.read_bytes()
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(span[1]) if span else 0
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        half = len(data) // 2 if self.path not in seen else len(data)
        seen.add(self.path)
        self.wfile.write(data[start:max(half, start)])
    def log_message(self, *args):
        print(self.path, self.headers.get("Range"), file=sys.stderr, flush=True)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
    mkfifo "$work/port"
    python3 "$work/server.py" "$work" >"$work/port" 2>"$work/requests" & server=$!
    read -r port <"$work/port"
    tools=$PATH
    export PYRUN_MIRROR=http://127.0.0.1:$port/laid/
    fetch
    expect_status 0
    expect_files "$base/core.wasm $base/wheels/a-1.whl $base/wheels/b-1.whl "
    grep -q 'bytes=1' "$work/requests" || fail "nothing was resumed"

    begin refuses_a_wrong_hash_over_http
    export PYRUN_MIRROR=http://127.0.0.1:$port/wrong
    tools=$work/no-network
    cp -a "$bare" "$tools" && ln -s "$(command -v curl)" "$tools/curl"
    # The CDN is out of the game: this curl knows the mirror only.
    rm "$tools/curl"
    printf '#!%s\ncase "$*" in *127.0.0.1*) exec %s "$@" ;; esac\necho "curl: (6) offline" >&2; exit 6\n' \
        "$(command -v bash)" "$(command -v curl)" >"$tools/curl"
    chmod +x "$tools/curl"
    fetch --core-only
    expect_status 1
    expect_said "refused core.wasm from the mirror"
    expect_said "CDN: curl: (6) offline"
    expect_files ""
fi

[ "$failures" = 0 ] && echo "assets-fetch: all tests passed" || { echo "assets-fetch: $failures failed"; exit 1; }
