#!/usr/bin/env bash
# Two network namespaces of this machine, a and b, joined by a veth pair: 10.231.7.1 and 10.231.7.2, nothing else.
# Usage: benchmarks/network/namespaces.sh [--mtu BYTES] [--rate RATE (as tc writes it, such as 1gbit, each way)]
# Prints "PID_A PID_B": `nsenter --net=/proc/PID_A/ns/net COMMAND` runs a command in a; /proc/PID_A/net/dev has its counters.
# Holds them until stdin ends, also that of a caller who was killed. Nothing is left then: the namespaces have no names, and
# go with the last process inside. Needs root and iproute2; ends with 3, and says so, where they cannot be made.
set -euo pipefail
mtu=1500
rate=
while [ $# -gt 0 ]; do
  case $1 in
    --mtu) mtu=$2 ;;
    --rate) rate=$2 ;;
    *)
      echo "namespaces: $1 is not --mtu or --rate" >&2
      exit 2
      ;;
  esac
  shift 2
done

fail() {
  echo "namespaces: $1; needs root, iproute2 and util-linux" >&2
  exit 3
}

# A process in a new namespace that ends with our stdin: its only tie, so that it outlives not even a kill -9 of our caller.
hold() {
  exec unshare --net sh -c 'echo up; exec cat >/dev/null' <&3
}

exec 3<&0
for tool in unshare nsenter ip tc; do
  command -v "$tool" >/dev/null || fail "no $tool"
done
exec {up_a}< <(hold 2>/dev/null)
a=$!
exec {up_b}< <(hold 2>/dev/null)
b=$!
read -r -t 10 -u "$up_a" _ || fail "no new network namespace"
read -r -t 10 -u "$up_b" _ || fail "no new network namespace"

inside() { # pid, command
  local pid=$1
  shift
  nsenter --net="/proc/$pid/ns/net" "$@"
}

inside "$a" ip link add eth0 mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns "$b" || fail "no veth pair"
inside "$a" ip addr add 10.231.7.1/24 dev eth0
inside "$b" ip addr add 10.231.7.2/24 dev eth0
for node in "$a" "$b"; do
  inside "$node" ip link set lo up
  inside "$node" ip link set eth0 up
  # A queue longer than the windows of all streams: senders wait before anything is thrown away.
  [ -z "$rate" ] || inside "$node" tc qdisc add dev eth0 root tbf rate "$rate" burst 128kb limit 16mb
done
echo "$a $b"
cat <&3 >/dev/null
