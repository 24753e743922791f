#!/bin/sh
# lane.sh COMMAND …: runs a command beside others on this machine: in a network namespace and with a Docker engine (LONGSHORE_ENGINE) of its
# own, which are gone afterwards. Needs root, dockerd, ip and nsenter.
set -eu
name="longshore-lane-$$"
directory=$(mktemp -d /var/lib/longshore-lane-XXXXXX)
dockerd=
cleanup() {
  if [ -n "$dockerd" ]; then
    kill "$dockerd" 2>/dev/null || true
    wait "$dockerd" 2>/dev/null || true
  fi
  ip netns del "$name" 2>/dev/null || true
  umount --lazy "$directory/data" 2>/dev/null || true # dockerd mounts it over itself, and leaves that when it is in a hurry
  rm -rf "$directory" || true
}
trap cleanup EXIT
trap 'exit 143' INT TERM
ip netns add "$name"
ip -n "$name" link set lo up
# Only the network is another: `ip netns exec` would hide the mounts of cgroups.
inside="nsenter --net=/var/run/netns/$name"

socket="$directory/docker.sock"
$inside dockerd --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$directory/docker.pid" \
  -H "unix://$socket" >"$directory/dockerd.log" 2>&1 &
dockerd=$!
waited=0
until docker -H "unix://$socket" version >/dev/null 2>&1; do
  waited=$((waited + 1))
  if [ "$waited" -gt 150 ]; then
    echo "lane: dockerd did not answer within 30 s:" >&2
    tail -n 20 "$directory/dockerd.log" >&2
    exit 1
  fi
  sleep 0.2
done
export LONGSHORE_ENGINE="unix://$socket"
$inside "$@"
