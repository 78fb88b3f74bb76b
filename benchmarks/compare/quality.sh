#!/usr/bin/env bash
# Trains a recipe, and rivals of it, with several seeds, in turns, and prints what their reports measure in one table: means over seeds with 95 % intervals.
# Usage: benchmarks/compare/quality.sh SEEDS DATA [-- OPTIONS of bin/witan train, for all sides]; DATA is - for a recipe that makes its own
# Environment: RECIPE (default jiuzhang), SIDES (default "experts dense+model.experts=1+model.top_k=1+model.d_ff=256"; a side is NAME or NAME+key=value+..., the
#   settings being those of --set), OUT (folder of the runs; a run that is complete there is not made again; default: a new one in the temporary folder)
# By default on two ranks; options such as --cluster replace that: then give all of them.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
usage="usage: quality.sh SEEDS DATA [-- OPTIONS]"
seeds=${1:?$usage}
data=${2:?$usage}
shift 2
[ $# -eq 0 ] || shift
[[ $seeds =~ ^[1-9][0-9]*$ ]] || { echo "quality: SEEDS is \"$seeds\"; allowed are whole numbers from 1" >&2; exit 2; }
read -r -a sides <<<"${SIDES:-experts dense+model.experts=1+model.top_k=1+model.d_ff=256}"
places=(--ranks 2) source=()
[ "$data" = - ] || source=(--data "$data")
for option in "$@"; do
  case $option in --cluster | --cluster=* | --ranks | --ranks=*) places=() ;; esac
done
out=${OUT:-$(mktemp -d "${TMPDIR:-/tmp}/witan-quality.XXXXXX")}
mkdir -p "$out"
jdk=$("$home/bin/find-jdk") || exit 3
"$home/bin/witan" bench --help >/dev/null # builds, if need be

train() { # side, seed, further options
  local words=() options=() run
  IFS=+ read -r -a words <<<"$1"
  run=$out/${words[0]}.$2
  if [ -e "$run/report.json" ] || [ -e "$run/reward.json" ]; then return; fi
  for setting in "${words[@]:1}"; do
    options+=(--set "$setting")
  done
  rm -rf "$run"
  echo "quality: ${words[0]}, seed $2 of $seeds" >&2
  "$home/bin/witan" train --recipe "${RECIPE:-jiuzhang}" --seed "$2" --quiet "${source[@]}" "${places[@]}" "${options[@]}" "${@:3}" \
    --out "$run" >"$out/log.txt" 2>&1 || { tail -3 "$out/log.txt" >&2; exit 1; }
}

for ((seed = 1; seed <= seeds; seed++)); do
  for side in "${sides[@]}"; do
    train "$side" "$seed" "$@"
  done
done
echo "quality: runs are in $out" >&2
"$jdk/bin/java" -cp "$home/benchmarks/target/*:$home/benchmarks/target/lib/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.quality.CompareQuality "$out" "$seeds" "${sides[@]%%+*}"
