#!/usr/bin/env bash
# The inspector in a real browser: what its page shows and does, and what pages of others can make of it.
#
#     tests/browser/run.sh target/debug/hookctl
#
# Needs Node and Chromium (CHROMIUM, or one in the path). Screenshots are left in .ci/cache/browser/seen, for people to look at.
# Last line: browser: N passed, M failed
set -euo pipefail

binary=$(realpath -e "${1:?usage: tests/browser/run.sh HOOKCTL}")
cd "$(dirname "$0")"
cache=$(realpath -m ../../.ci/cache/browser)

pins=$(cat package.json package-lock.json | sha256sum)
if [[ "$(cat "$cache/.pins" 2>/dev/null || true)" != "$pins" ]]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  cp package.json package-lock.json .npmrc "$cache"
  (cd "$cache" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  echo "$pins" >"$cache/.pins"
fi
mkdir -p "$cache/seen"
cp ./*.mjs "$cache" # Node looks for packages beside the program
exec node "$cache/inspector.mjs" "$binary" "${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}" "$cache/seen"
