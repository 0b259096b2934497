#!/bin/sh
# Installs the C library for a machine without cargo-c:  capi/install.sh [--prefix /usr/local] [--from FOLDER]
# --from takes a library that is built, instead of building one. cargo-c does the same: cargo cinstall -p pyrun-capi
set -eu
cd "$(dirname "$0")/.."

prefix=/usr/local
from=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=$2 ;;
        --from) from=$2 ;;
        *) echo "usage: capi/install.sh [--prefix FOLDER] [--from FOLDER]" >&2; exit 2 ;;
    esac
    shift 2
done
if [ -z "$from" ]; then
    cargo build --release -p pyrun-capi
    from=target/release
fi
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)

mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
cp capi/include/pyrun.h "$prefix/include/"
for kind in so dylib a; do
    if [ -e "$from/libpyrun_capi.$kind" ]; then
        cp "$from/libpyrun_capi.$kind" "$prefix/lib/libpyrun.$kind"
    fi
done
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" capi/pyrun.pc.in >"$prefix/lib/pkgconfig/pyrun.pc"
