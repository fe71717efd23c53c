#!/usr/bin/env bash
# Plants each fault of this folder in a copy of the working tree, and expects the model test to find it.
#
#   crates/reconnect-testkit/faults/run.sh [name …]
#
# A patch is a fault that somebody could make: it applies, it compiles, and the test is red. One that no longer applies
# counts as missed, so that the faults follow the core.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/faults.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# One target folder for all: each fault costs one incremental build.
export CARGO_TARGET_DIR=${FAULTS_TARGET_DIR:-${TMPDIR:-/tmp}/target-faults}
export RECONNECT_SCHEDULES=${RECONNECT_SCHEDULES:-6000} RUST_BACKTRACE=0

(cd "$root" && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ -e "$file" ] && printf '%s\0' "$file"
done | tar -c --null -T -) | tar -x -C "$scratch"
cd "$scratch"
# A build of an earlier run is not this tree's, though its files may be older.
find . -name '*.rs' -exec touch {} +

# Of the workspace only the core and the model: a fault should not cost a build of the drivers too.
sed -i -e 's|^members = .*|members = ["crates/reconnect-core", "crates/reconnect-testkit"]|' -e '/^exclude = /d' Cargo.toml
cd crates/reconnect-testkit
sed -i -e '/^\[dev-dependencies\]/,$d' -e '/^reconnect-\(sandbox\|async\|blocking\) /d' Cargo.toml
printf '//! The model alone.\n#![allow(clippy::all)]\npub mod model;\npub mod schedule;\n' >src/lib.rs
find tests -name '*.rs' ! -name model.rs -delete
cd "$scratch"

build() { cargo test -q -p reconnect-testkit --test model --no-run >"$scratch/build.log" 2>&1; }
model() { cargo test -q -p reconnect-testkit --test model -- --exact session_and_model_agree >"$scratch/test.log" 2>&1; }

build || { cat build.log; echo "the tree does not compile"; exit 2; }
model || { tail -n 40 test.log; echo "the model test is red without any fault"; exit 2; }

names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(cd "$here" && ls -- *.patch | sed 's/\.patch$//')

caught=0
for name in "${names[@]}"; do
    fault="$here/$name.patch"
    if ! patch -s -p1 --no-backup-if-mismatch -r - <"$fault" >patch.log 2>&1; then
        echo "STALE   $name: it no longer applies"
        # Whatever part of it did apply goes again.
        tar -c -C "$root" crates/reconnect-core | tar -x -C "$scratch"
        find crates/reconnect-core -name '*.rs' -exec touch {} +
        continue
    fi
    if ! build; then
        echo "BROKEN  $name: it does not compile"
    elif model; then
        echo "MISSED  $name: $(head -n 1 "$fault")"
    else
        caught=$((caught + 1))
        echo "caught  $name: $(grep -m 1 -hE ' differs$|a law does not hold|^revision |panicked at crates/reconnect-core' test.log || echo 'by a panic')"
    fi
    patch -s -R -p1 --no-backup-if-mismatch -r - <"$fault"
done

echo "caught $caught of ${#names[@]}"
[ "$caught" -eq "${#names[@]}" ]
