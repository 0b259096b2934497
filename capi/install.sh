#!/bin/sh
# Installs the C library:  capi/install.sh [--prefix FOLDER] [--from FOLDER]
# --prefix is /usr/local unless it is given; a relative one is relative to where this is run. --from is a folder with libraries
# that are built (libpyrun_capi.so, .dylib, .a, and THIRD-PARTY.txt, which `cargo xtask notices` makes), instead of building them. cargo-c does the same: cargo cinstall -p pyrun-capi
set -eu

die() {
    echo "install.sh: $1" >&2
    exit "${2:-1}"
}

usage() {
    die "usage: capi/install.sh [--prefix FOLDER] [--from FOLDER]" 2
}

# A path that stays good in another folder.
absolute() {
    case $1 in
        "") usage ;;
        /*) printf '%s\n' "$1" ;;
        *) printf '%s/%s\n' "$PWD" "$1" ;;
    esac
}

prefix=/usr/local
from=
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
        --prefix) prefix=$(absolute "$2") ;;
        --from) from=$(absolute "$2") ;;
        *) usage ;;
    esac
    shift 2
done
[ -z "$from" ] || [ -d "$from" ] || die "--from: there is no folder $from"

cd "$(dirname "$0")"
# The package by itself, or in the repository, whose manifest has the version and whose folder has what is built.
workspace=.
grep -q '^version.workspace = true$' Cargo.toml && workspace=..
if [ -z "$from" ]; then
    cargo build --release -p pyrun-capi
    from=${CARGO_TARGET_DIR:-$workspace/target}/release
    [ "$workspace" = . ] || cargo xtask notices "$(absolute "$from")/THIRD-PARTY.txt"
fi
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$workspace/Cargo.toml" | head -n 1)
[ -n "$version" ] || die "there is no version in Cargo.toml"

found=
for kind in so dylib a; do
    [ ! -e "$from/libpyrun_capi.$kind" ] || found="$found $kind"
done
[ -n "$found" ] || die "there is no libpyrun_capi.so, .dylib or .a in $from"

mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
cp include/pyrun.h include/pyrun_vp.h "$prefix/include/"
for kind in $found; do
    case $kind in
        # Programs are linked against libpyrun.so and look for the name that is written in it.
        so)
            cp "$from/libpyrun_capi.so" "$prefix/lib/libpyrun.so.$version"
            ln -sf "libpyrun.so.$version" "$prefix/lib/libpyrun.so.0"
            ln -sf libpyrun.so.0 "$prefix/lib/libpyrun.so"
            ;;
        *)
            cp "$from/libpyrun_capi.$kind" "$prefix/lib/libpyrun.$kind"
            # Most of a static library is what debuggers read.
            if command -v strip >/dev/null; then strip -S "$prefix/lib/libpyrun.$kind"; fi
            ;;
    esac
done
# The licences of what the library contains: ours, and those of others that `cargo xtask notices` has written beside it.
mkdir -p "$prefix/share/licenses/pyrun"
for file in LICENSE-MIT LICENSE-APACHE "$from/THIRD-PARTY.txt"; do
    [ ! -e "$file" ] || cp "$file" "$prefix/share/licenses/pyrun/"
done
# What the static library needs besides.
case $(uname) in
    Darwin) private="-lSystem -lc -lm" ;;
    *) private="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc" ;;
esac
sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" -e "s|@PRIVATE@|$private|" \
    pyrun.pc.in >"$prefix/lib/pkgconfig/pyrun.pc"
