#!/usr/bin/env bash
# Runs a command with network namespaces of this machine as nodes; {} in its words is a cluster file that names them.
# Usage: benchmarks/network/with-nodes.sh [--nodes 2] [--ranks 1 (each node)] [--mtu 1500] [--rate 1gbit] [--cores 1 (each node)] -- COMMAND...
#   ... --nodes 3 -- bin/witan bench collectives --cluster {} --op broadcast
# Needs root, as namespaces.sh does. With --cores a node's processes, its media driver too, run on cores of its own.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
usage() {
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
}
nodes=2
ranks=1
cores=0
links=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --nodes) nodes=$2 ;;
    --ranks) ranks=$2 ;;
    --cores) cores=$2 ;;
    --mtu | --rate) links+=("$1" "$2") ;;
    *) usage ;;
  esac
  shift 2
done
[ $# -gt 1 ] || usage
shift
if [ $((nodes * cores)) -gt "$(nproc)" ]; then
  echo "with-nodes.sh: --nodes $nodes with --cores $cores each needs $((nodes * cores)) cores, this machine has $(nproc)" >&2
  exit 2
fi

coproc namespaces { exec "$here/namespaces.sh" --nodes "$nodes" "${links[@]}"; }
# Unset once it has ended, which it says itself.
read -r -u "${namespaces[0]:--1}" line 2>/dev/null || exit 3
cluster=$(mktemp --suffix=.yaml)
trap 'rm -f "$cluster"' EXIT
echo 'nodes:' >"$cluster"
n=0
for pid in $line; do
  pinned=
  [ "$cores" = 0 ] || pinned=", taskset, --cpu-list, $((n * cores))-$(((n + 1) * cores - 1))"
  n=$((n + 1))
  echo "  - {name: node$n, address: 10.231.7.$n, ranks: $ranks, command: [nsenter, --net=/proc/$pid/ns/net$pinned]}" >>"$cluster"
done
"${@//\{\}/$cluster}"
