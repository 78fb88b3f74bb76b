#!/usr/bin/env bash
# Trains recipe peer with Witan and with libtorch in turns on this machine and prints their tokens a second.
# Usage: benchmarks/compare/train.sh [PAIRS]
# Environment: OUT (folder for the metrics; default: a new one in the temporary folder), STEPS (default 30, as the recipe has them)
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
here=$home/benchmarks/compare/libtorch
pairs=${1:-5}
steps=${STEPS:-30}
[[ $pairs =~ ^[1-9][0-9]*$ ]] || { echo "train: PAIRS is \"$pairs\"; allowed are whole numbers from 1" >&2; exit 2; }
[[ $steps =~ ^[1-9][0-9]*$ ]] || { echo "train: STEPS is \"$steps\"; allowed are whole numbers from 1" >&2; exit 2; }
out=${OUT:-$(mktemp -d "${TMPDIR:-/tmp}/witan-train.XXXXXX")}
mkdir -p "$out"
jdk=$("$home/bin/find-jdk") || exit 3
"$home/bin/witan" bench --help >/dev/null # builds, if need be
jar=$(find "$here/target" -maxdepth 1 -name '*.jar' -print -quit 2>/dev/null || true)
if [ -z "$jar" ] || [ -n "$(find "$here/src" "$here/pom.xml" -newer "$jar" -print -quit)" ]; then
  echo "train: building the rival (the first time this downloads libtorch, 90 MB)" >&2
  (cd "$home" && JAVA_HOME=$jdk ./mvnw -q -B -ntp -f "$here/pom.xml" -DskipTests package >"$out/build.txt" 2>&1) ||
    { echo "train: the rival cannot be built, see $out/build.txt" >&2; exit 1; }
fi

libtorch() { # its threads, threads of its OpenBLAS, file for the metrics
  OMP_NUM_THREADS=$1 OPENBLAS_NUM_THREADS=$2 OMP_WAIT_POLICY=passive "$jdk/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED \
    -cp "$here/target/*:$here/target/lib/*" io.witan.benchmarks.libtorch.PeerTraining "$1" "$steps" >"$3" 2>>"$out/libtorch.txt"
}
witan() { # ranks, file for the metrics
  rm -rf "$out/run"
  "$home/bin/witan" train --recipe peer --ranks "$1" --threads 1 --steps "$steps" --quiet --out "$out/run" --metrics "$2" >>"$out/witan.txt" 2>&1
}

for ((pair = 1; pair <= pairs; pair++)); do
  echo "train: pair $pair of $pairs" >&2
  libtorch 1 1 "$out/libtorch-1.$pair.jsonl"
  witan 1 "$out/witan-1.$pair.jsonl"
  libtorch 1 2 "$out/libtorch-2a.$pair.jsonl"
  witan 2 "$out/witan-2.$pair.jsonl"
  libtorch 2 2 "$out/libtorch-2b.$pair.jsonl"
done
rm -rf "$out/run"
"$jdk/bin/java" -cp "$home/benchmarks/target/*:$home/benchmarks/target/lib/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.compare.CompareTraining "$out"
