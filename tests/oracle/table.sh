#!/usr/bin/env bash
# Prints README's table of releases: what runs, and how the script corpus compares with Node. Needs ./assets-fetch.sh --all.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
counts=$(cargo test --quiet --workspace --test scripts 2>/dev/null | grep 'equal or better than Node') || true
echo '| release | Python | starts and runs the standard library | scripts equal to Node or better |'
echo '|---|---|---|---|'
cargo run --quiet --bin pyrun -- releases | while read -r release _ python _; do
    program='import asyncio, json, re, sys; print(asyncio.run(asyncio.sleep(0, json.loads("7"))))'
    answer=$(cargo run --quiet --bin pyrun -- --release "$release" -c "$program" 2>&1) || true
    count=$(printf '%s\n' "$counts" | sed -n "s/^$release: equal or better than Node: //p")
    echo "| $release | $python | $([ "$answer" = 7 ] && echo yes || echo no) | ${count:-—} |"
done
