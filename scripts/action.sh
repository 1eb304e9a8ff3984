#!/usr/bin/env bash
# What action.yml does: lints, annotates, writes the step's summary, and keeps one comment on the pull request up to date.
#
# Its inputs are in LINT_*; lockgate's exit code and the SARIF file go to GITHUB_OUTPUT, so that the files are uploaded before the job fails.
set -euo pipefail

temp=${RUNNER_TEMP:-$(mktemp -d)}
report=$temp/lockgate.sarif comment=$temp/lockgate.md

install() {
  [ -n "${LINT_COMMAND:-}" ] && return
  python3 -m venv "$temp/lockgate-venv"
  "$temp/lockgate-venv/bin/pip" install --quiet --disable-pip-version-check "lockgate${LINT_VERSION:+==$LINT_VERSION}"
  LINT_COMMAND=$temp/lockgate-venv/bin/lockgate
}

lint() {
  local arguments=(lint --format github --output "sarif=$report" --output "markdown=$comment")
  [ -z "${LINT_SINCE:-}" ] || arguments+=(--since "$LINT_SINCE")
  [ -z "${LINT_FAIL_ON:-}" ] || arguments+=(--fail-on "$LINT_FAIL_ON")
  local line
  while IFS= read -r line; do [ -z "$line" ] || arguments+=("$line"); done <<<"${LINT_ARGS:-}"
  while IFS= read -r line; do [ -z "$line" ] || arguments+=("$line"); done <<<"${LINT_PATHS:-}"
  # The summary gets the whole report below, not only what has no annotation.
  env -u GITHUB_STEP_SUMMARY "$LINT_COMMAND" "${arguments[@]}"
}

# The newest comment of a bot that begins with our mark.
own_comment() {
  gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" \
    --jq '.[] | select(.user.type == "Bot" and (.body | startswith("[//]: # (lockgate)"))) | .id' | tail -n 1
}

say_on_pull_request() {
  local id
  id=$(own_comment) || return 1
  if [ -n "$id" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$comment"
  elif [ "$1" != 0 ]; then
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$comment"
  fi
}

install
code=0
lint || code=$?
printf 'exit-code=%s\n' "$code" >>"$GITHUB_OUTPUT"
# Usage errors write no report.
[ -f "$comment" ] || exit 0
printf 'sarif=%s\n' "$report" >>"$GITHUB_OUTPUT"
cat "$comment" >>"$GITHUB_STEP_SUMMARY"
if [ "${LINT_COMMENT:-true}" = true ] && [ -n "${PULL_REQUEST:-}" ]; then
  # Pull requests from forks have no right to write; the annotations and the summary are there all the same.
  say_on_pull_request "$code" || echo '::notice title=lockgate::the comment could not be written: the token may not write to pull requests'
fi
