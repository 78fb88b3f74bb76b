#!/usr/bin/env bash
# Network namespaces of this machine as nodes 10.231.7.1, 10.231.7.2 and so on, nothing else: two joined by a veth pair, or more,
# each by a pair to a bridge in a namespace of its own, which is their switch. Their link is called eth0.
# Usage: benchmarks/network/namespaces.sh [--nodes N] [--mtu BYTES] [--rate RATE (as tc writes it, such as 1gbit, each way)]
# Prints a process id for each: `nsenter --net=/proc/PID/ns/net COMMAND` runs a command there; /proc/PID/net/dev has its counters.
# Holds them until stdin ends, also that of a caller who was killed. Nothing is left then: the namespaces have no names, and
# go with the last process inside. Needs root and iproute2; ends with 3, and says so, where they cannot be made.
set -euo pipefail
nodes=2
mtu=1500
rate=
while [ $# -gt 0 ]; do
  case $1 in
    --nodes) nodes=$2 ;;
    --mtu) mtu=$2 ;;
    --rate) rate=$2 ;;
    *)
      echo "namespaces: $1 is not --nodes, --mtu or --rate" >&2
      exit 2
      ;;
  esac
  shift 2
done
[[ $nodes =~ ^[0-9]{1,2}$ && $nodes -ge 2 && $nodes -le 16 ]] || {
  echo "namespaces: --nodes $nodes, allowed 2 to 16" >&2
  exit 2
}

fail() {
  echo "namespaces: $1; needs root, iproute2 and util-linux" >&2
  exit 3
}

# A process in a new namespace that ends with our stdin: its only tie, so that it outlives not even a kill -9 of our caller.
hold() {
  exec unshare --net sh -c 'echo up; exec cat >/dev/null' <&3
}

# Sets pid.
new_namespace() {
  local up
  exec {up}< <(hold 2>/dev/null)
  pid=$!
  read -r -t 10 -u "$up" _ || fail "no new network namespace"
}

inside() { # pid, command
  local pid=$1
  shift
  nsenter --net="/proc/$pid/ns/net" "$@"
}

# A queue longer than the windows of all streams: senders wait before anything is thrown away.
limit() { # pid, interface
  [ -z "$rate" ] || inside "$1" tc qdisc add dev "$2" root tbf rate "$rate" burst 128kb limit 16mb
}

exec 3<&0
for tool in unshare nsenter ip tc; do
  command -v "$tool" >/dev/null || fail "no $tool"
done
pids=()
for ((n = 0; n < nodes; n++)); do
  new_namespace
  pids+=("$pid")
done

if [ "$nodes" -eq 2 ]; then
  inside "${pids[0]}" ip link add eth0 mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns "${pids[1]}" || fail "no veth pair"
else
  new_namespace
  switch=$pid
  inside "$switch" ip link add br0 mtu "$mtu" type bridge || fail "no bridge"
  inside "$switch" ip link set br0 up
  for ((n = 0; n < nodes; n++)); do
    inside "$switch" ip link add "port$n" mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns "${pids[n]}" || fail "no veth pair"
    inside "$switch" ip link set "port$n" master br0 up
    limit "$switch" "port$n"
  done
fi
for ((n = 0; n < nodes; n++)); do
  inside "${pids[n]}" ip addr add "10.231.7.$((n + 1))/24" dev eth0
  inside "${pids[n]}" ip link set lo up
  inside "${pids[n]}" ip link set eth0 up
  limit "${pids[n]}" eth0
done
echo "${pids[*]}"
cat <&3 >/dev/null
