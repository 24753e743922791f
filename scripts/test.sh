#!/bin/sh
# `./longshore test`: the whole gate, then the walks on a real container engine. Sets up what it needs.
#   --gate     only what needs no container engine
#   --all      the long ones on the engine too
set -eu
cd "$(dirname "$0")/.."

npm run --silent ok
if [ "${1:-}" = --gate ]; then exit 0; fi

# Prints the engine's address; installs and starts one where there is none and it may.
LONGSHORE_ENGINE=$(node dist/cli/longshore.js doctor --fix --print-engine)
export LONGSHORE_ENGINE
echo "test: container engine at $LONGSHORE_ENGINE" >&2

# What takes minutes and repeats much of what the others show.
long=""
for file in test/calls-of-tasks test/cli test/ebs test/ecommerce test/efs test/environment-files test/fleet test/load-balancing test/machines test/no-root test/public-addresses test/rds test/sdks test/tls test/traffic-shifting test/volumes \
  src/network/linux/policy/policy src/network/linux/policy/public-addresses src/network/linux/remote/remote src/network/docker-bridge/docker-bridge; do long="$long $file.engine.test.ts"; done
# Tests wait more than they work: where some can have a network and an engine of their own, they run beside the others.
beside=""
for name in services ecr service-discovery service-connect security-groups ways-out; do beside="$beside test/$name.engine.test.ts"; done
left=""
if [ "${1:-}" = --all ]; then for name in traffic-shifting load-balancing rds ebs efs calls-of-tasks public-addresses; do beside="$beside test/$name.engine.test.ts"; done; else left="$long"; fi
without() { for file in "$@"; do printf -- '--exclude %s ' "$file"; done; }
lanes=$([ "$(id -u)" = 0 ] && echo yes || echo no)
for tool in dockerd docker nsenter ip; do command -v "$tool" >/dev/null || lanes=no; done
# shellcheck disable=SC2046,SC2086 # options
if [ "$lanes" = no ]; then exec npm run --silent test:engine -- $(without $left); fi
output=$(mktemp)
# shellcheck disable=SC2086 # a list of files
scripts/lane.sh npm run --silent test:engine -- $beside >"$output" 2>&1 &
lane=$!
trap 'kill "$lane" 2>/dev/null || true; rm -f "$output"' EXIT
status=0
# shellcheck disable=SC2046,SC2086 # options
npm run --silent test:engine -- $(without $beside $left) || status=$?
echo 'test: and meanwhile, on an engine of their own:' >&2
wait "$lane" || status=$?
cat "$output"
exit "$status"
