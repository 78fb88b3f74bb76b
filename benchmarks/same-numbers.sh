#!/usr/bin/env bash
# Trains recipe tiny with 1, 2 and 4 ranks and both policies, twice with two ranks, and compares all runs with one rank.
# Usage: benchmarks/same-numbers.sh OUT [STEPS]
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
out=${1:?usage: same-numbers.sh OUT [STEPS]}
steps=${2:-50}

train() { # name, options
  local name=$1
  shift
  "$home/bin/witan" train --quiet --out "$out/$name" --set train.stop_after="$steps" --set sample.tokens=0 \
    --set train.eval_interval=0 --threads 1 "$@" >/dev/null
}

mkdir -p "$out"
train ranks1 --ranks 1
for ranks in 2 4; do
  for policy in ep fssdp; do
    train "ranks$ranks-$policy" --ranks "$ranks" --policy "$policy"
  done
done
train ranks2-fssdp-again --ranks 2 --policy fssdp

(cd "$home" && JAVA_HOME=$(bin/find-jdk) ./mvnw -q -B -DskipTests -pl benchmarks -am package >/dev/null 2>&1)
compare() {
  "$("$home/bin/find-jdk")/bin/java" @"$home/bin/jvm.options" \
    -cp "$home/benchmarks/target/classes:$home/launcher/target/*:$home/launcher/target/lib/*" \
    io.witan.benchmarks.CompareRuns "$@"
}
cd "$out"
compare ranks1/metrics.jsonl ranks*-*/metrics.jsonl
compare ranks2-fssdp/metrics.jsonl ranks2-fssdp-again/metrics.jsonl
