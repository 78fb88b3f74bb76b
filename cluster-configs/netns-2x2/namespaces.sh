#!/usr/bin/env bash
# Makes the two namespaces of cluster.yaml, or removes them. Needs root and iproute2.
# Usage: cluster-configs/netns-2x2/namespaces.sh up | down
set -euo pipefail
case ${1:-} in
  up)
    ip netns add witan-alpha
    ip netns add witan-beta
    ip -n witan-alpha link add eth0 type veth peer name eth0 netns witan-beta
    ip -n witan-alpha addr add 10.231.8.1/24 dev eth0
    ip -n witan-beta addr add 10.231.8.2/24 dev eth0
    for node in witan-alpha witan-beta; do
      ip -n "$node" link set lo up
      ip -n "$node" link set eth0 up
    done
    ;;
  down)
    ip netns del witan-alpha
    ip netns del witan-beta
    ;;
  *)
    echo "usage: $0 up | down" >&2
    exit 2
    ;;
esac
