#!/usr/bin/env bash
# Open MPI starts a process for each rank; the first of each node is the node's agent and starts the ranks, the others end.
# Usage: cluster-configs/mpi/train.sh HOSTFILE [options of witan train]; run it on the first host of the file.
# The file has a line for each node: "192.168.1.10 slots=2", with as many slots as the node has ranks.
set -euo pipefail
hosts=$1
shift
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
first=$(grep -vE '^[[:space:]]*(#|$)' "$hosts" | head -n 1 | cut -d ' ' -f 1)

# New for each run; -x passes it by name, so that it is on no command line.
WITAN_KEY=$(openssl rand -hex 32)
export WITAN_KEY

# --bind-to none: Open MPI would bind each process, and with it all ranks of the node, to one core.
exec mpirun --hostfile "$hosts" --bind-to none -x WITAN_KEY \
  "$home/bin/witan" train --rendezvous "$first" "$@"
