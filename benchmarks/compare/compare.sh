#!/usr/bin/env bash
# Times Witan's collectives and Open MPI's alternately on this machine, and prints paired ratios.
# Usage: benchmarks/compare/compare.sh [PAIRS] [RANKS]
# Environment: MIN, MAX (bytes), FACTOR, SECONDS_PER_LINE, ZIPF, OPS (a,b,...), IDLE, TRANSPORT, OUT (folder for the rows)
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
pairs=${1:-5}
ranks=${2:-2}
min=${MIN:-8}
max=${MAX:-67108864}
factor=${FACTOR:-8}
seconds=${SECONDS_PER_LINE:-0.35}
zipf=${ZIPF:-1}
ops=${OPS:-all_gather,all_gatherv,reduce_scatter,all_reduce,all_to_all,all_to_allv}
out=${OUT:-$(mktemp -d "${TMPDIR:-/tmp}/witan-compare.XXXXXX")}

for tool in mpicc mpirun; do
  command -v "$tool" >/dev/null || {
    echo "compare: no $tool; apt install openmpi-bin libopenmpi-dev" >&2
    exit 3
  }
done
mkdir -p "$out"
mpicc -O3 -march=native -o "$out/mpi_perf" "$home/benchmarks/compare/mpi_perf.c" -lm

binding=(--bind-to core)
if [ "$ranks" -gt "$(nproc)" ]; then
  binding=(--bind-to none --mca mpi_yield_when_idle 1)
fi
mpi() { # single-copy mechanism, file for the rows
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -np "$ranks" "${binding[@]}" \
    --mca pml ob1 --mca btl vader,self --mca btl_vader_single_copy_mechanism "$1" --mca btl_base_warn_component_unused 0 \
    "$out/mpi_perf" "$min" "$max" "$factor" "$seconds" "$zipf" "$1" "$ops" >"$2"
}
witan() { # file for the rows
  "$home/bin/witan" bench collectives --op "$ops" --ranks "$ranks" --min "$min" --max "$max" --factor "$factor" \
    --seconds-per-line "$seconds" --skew "zipf:$zipf" --in-place --idle "${IDLE:-spin}" \
    --transport "${TRANSPORT:-shared}" --json "$1" >>"$out/witan.txt"
}

: >"$out/witan.txt"
"$home/bin/witan" bench --help >/dev/null # builds, if need be
for ((pair = 1; pair <= pairs; pair++)); do
  echo "pair $pair of $pairs" >&2
  witan "$out/witan-$pair.jsonl"
  # Kernel and container settings can forbid single copies between processes (CMA).
  mpi cma "$out/mpi-cma-$pair.jsonl" || {
    echo "compare: Open MPI with CMA failed, its rows are left out" >&2
    rm -f "$out/mpi-cma-$pair.jsonl"
  }
  mpi none "$out/mpi-none-$pair.jsonl"
done
echo "rows are in $out" >&2
exec "$("$home/bin/find-jdk")/bin/java" -cp "$home/benchmarks/target/classes:$home/launcher/target/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.collectives.CompareCollectives "$out"
