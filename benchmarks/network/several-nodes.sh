#!/usr/bin/env bash
# `bin/witan bench collectives` over network namespaces of this machine as nodes.
# Usage: benchmarks/network/several-nodes.sh [--nodes 3] [--ranks 1 (each node)] [--mtu 1500] [--rate 1gbit] -- BENCH OPTIONS
# Needs root, as namespaces.sh does.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
nodes=3
ranks=1
links=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --nodes) nodes=$2 ;;
    --ranks) ranks=$2 ;;
    --mtu | --rate) links+=("$1" "$2") ;;
    *)
      sed -n '2,4s/^# //p' "$0" >&2
      exit 2
      ;;
  esac
  shift 2
done
[ $# -eq 0 ] || shift

coproc namespaces { exec "$here/namespaces.sh" --nodes "$nodes" "${links[@]}"; }
# Unset once it has ended, which it says itself.
read -r -u "${namespaces[0]:--1}" line 2>/dev/null || exit 3
cluster=$(mktemp --suffix=.yaml)
trap 'rm -f "$cluster"' EXIT
echo 'nodes:' >"$cluster"
n=0
for pid in $line; do
  n=$((n + 1))
  echo "  - {name: node$n, address: 10.231.7.$n, ranks: $ranks, command: [nsenter, --net=/proc/$pid/ns/net]}" >>"$cluster"
done
"$here/../../bin/witan" bench collectives --cluster "$cluster" "$@"
