#!/usr/bin/env bash
# Runs a command with network namespaces of this machine as nodes; {} in its words is a cluster file that names them.
# Usage: benchmarks/network/with-nodes.sh [--nodes 2] [--ranks 1 (each node)] [--mtu 1500] [--rate 1gbit] -- COMMAND...
#   ... --nodes 3 -- bin/witan bench collectives --cluster {} --op broadcast
# Needs root, as namespaces.sh does.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
usage() {
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
}
nodes=2
ranks=1
links=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --nodes) nodes=$2 ;;
    --ranks) ranks=$2 ;;
    --mtu | --rate) links+=("$1" "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[ $# -gt 1 ] || usage
shift

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
"${@//\{\}/$cluster}"
