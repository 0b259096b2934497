#!/usr/bin/env bash
# Every figure of docs/PERFORMANCE.md, from one command: whole processes, instances, the speed of the code.
#
#   tests/bench/run.sh [--runs N] [--rounds N] [option of suite.py...]
#
# --runs is for the starts of processes (default 7), --rounds for the programs (default 3); all else goes to suite.py,
# such as --pyodide-benchmarks DIR and --llvm-cache DIR. Needs ./assets-fetch.sh; Node and npm for Node's side, pip for
# native packages. What cannot be had is left out, and that is said.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=7 suite=()
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"; exit ;;
        --runs) runs=${2:?--runs needs a number}; shift 2 ;;
        *) suite+=("$1"); shift ;;
    esac
done

cargo build --release -p pyrun-cli
# Brings the release's JavaScript for Node: one script that takes a second.
tests/oracle/record.sh --check argv_unicode || echo "run.sh: without Node" >&2

python3 tests/bench/startup.py --runs "$runs"
echo
cargo run --quiet --release -p pyrun-cli --example instances
echo
cargo run --quiet --release -p pyrun-cli --example module_calls
echo
python3 tests/bench/suite.py ${suite[@]+"${suite[@]}"}
