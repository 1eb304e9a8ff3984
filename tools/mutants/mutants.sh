#!/usr/bin/env bash
# Mutation check of the effects and the rules; see README.md.
#   tools/mutants/mutants.sh K/N [ARGUMENTS OF cargo mutants]     every N-th mutant, from the K-th on
# The tree as it is committed is copied to $LOCKGATE_MUTANTS (default: target/mutants/tree); nothing here is changed.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
[ $# -ge 1 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
shard=$1
shift
copy=${LOCKGATE_MUTANTS:-$PWD/target/mutants/tree}
mkdir -p "$copy"

# Sources of an earlier run go; what was built stays.
find "$copy" -mindepth 1 -maxdepth 1 ! -name target ! -name mutants.out -exec rm -rf {} +
git archive HEAD | tar -x -C "$copy"

# cargo-mutants finds files by their `mod` lines and does not look into macros: the list of rules gets plain ones, and its
# macro, which the tests use too, a twin that declares no modules.
list=$copy/src/rules/mod.rs
modules=$(sed -n 's/^    "[a-z0-9-]*" => \([a-z0-9_]*\),$/mod \1;/p' "$list")
twin=$(sed -n '/^macro_rules! rules {$/,/^}$/p' "$list" | sed 's/! rules {/! listed {/; /mod \$module;/d')
case $modules:$twin in
  *mod*:*listed*) ;;
  *) echo "mutants.sh: $list has changed: mend this script" >&2; exit 1 ;;
esac
sed -i 's/^rules! {$/listed! {/' "$list"
printf '%s\n' "$modules" "$twin" >"$list.head"
awk -v head="$list.head" '/^listed! \{$/ { while ((getline line < head) > 0) print line } { print }' "$list" >"$list.new"
mv "$list.new" "$list"
rm "$list.head"

cd "$copy"
# Answers in seconds what the whole suite answers in minutes; tests of other rooms would not see such a mutant sooner.
tests=(effects:: rule:: rules:: timeline:: pages_test rules_test effects_test oracle_test peers_test timeline_test report_test fix_test)
export CARGO_TARGET_DIR=$copy/target CARGO_PROFILE_DEV_DEBUG=0
exec nice cargo mutants --in-place --baseline skip --timeout 300 --colors never --sharding round-robin --shard "$shard" \
  --file 'src/effects/**' --file 'src/rules/*.rs' "$@" -- --lib --test it -- "${tests[@]}"
