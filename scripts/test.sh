#!/bin/sh
# `./longshore test`: the whole gate, then everything again on a real container engine. Sets up what it needs.
#   --gate     only what needs no container engine
set -eu
cd "$(dirname "$0")/.."

npm run --silent ok
if [ "${1:-}" = --gate ]; then exit 0; fi

# Prints the engine's address; installs and starts one where there is none and it may.
engine=$(node dist/cli/longshore.js doctor --fix --print-engine)
echo "test: container engine at $engine" >&2
LONGSHORE_ENGINE="$engine" npm run --silent test:engine
