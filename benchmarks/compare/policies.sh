#!/usr/bin/env bash
# Trains one recipe with several placement policies in turns on this machine and prints their speed, memory and bytes in one table.
# Usage: benchmarks/compare/policies.sh [ROUNDS] [-- OPTIONS of bin/witan train, for all sides]
# Environment: SIDES (default "ep fssdp shadow exchange+parallel.reshard_interval=10 replicate sharded-experts"; a side is POLICY or POLICY+key=value+..., the settings
#   being those of --set, or options such as --metrics-port=0), RECIPE (default skew), STEPS (default 80; the second half is timed), RATIO_TO (side that others are compared with; default: the first),
#   OUT (folder for the metrics; default: a new one in the temporary folder)
# By default on two ranks with a core each; options such as --cluster replace that: then give all of them.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
rounds=5
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  rounds=$1
  shift
fi
[ $# -eq 0 ] || shift
[[ $rounds =~ ^[1-9][0-9]*$ ]] || { echo "policies: ROUNDS is \"$rounds\"; allowed are whole numbers from 1" >&2; exit 2; }
read -r -a sides <<<"${SIDES:-ep fssdp shadow exchange+parallel.reshard_interval=10 replicate sharded-experts}"
recipe=${RECIPE:-skew}
steps=${STEPS:-80}
[[ $steps =~ ^[1-9][0-9]*$ ]] || { echo "policies: STEPS is \"$steps\"; allowed are whole numbers from 1" >&2; exit 2; }
places=(--ranks 2 --threads 1 --bind-to core)
for option in "$@"; do
  case $option in --cluster | --cluster=* | --ranks | --ranks=*) places=() ;; esac
done
out=${OUT:-$(mktemp -d "${TMPDIR:-/tmp}/witan-policies.XXXXXX")}
mkdir -p "$out"
jdk=$("$home/bin/find-jdk") || exit 3
"$home/bin/witan" bench --help >/dev/null # builds, if need be

train() { # side, round, further options
  local side=$1 round=$2 words=()
  local name=${side//\//-} # of its files
  shift 2
  IFS=+ read -r -a words <<<"$side"
  local options=(--policy "${words[0]}")
  for setting in "${words[@]:1}"; do
    case $setting in
      --*) options+=("$setting") ;;
      *) options+=(--set "$setting") ;;
    esac
  done
  rm -rf "$out/run"
  if ! "$home/bin/witan" train --recipe "$recipe" --steps "$steps" --quiet "${places[@]}" "${options[@]}" "$@" \
    --out "$out/run" --metrics "$out/$name.$round.jsonl" >"$out/log.txt" 2>&1; then
    echo "policies: $side failed in round $round:" >&2
    tail -3 "$out/log.txt" >&2
    exit 1
  fi
  cp "$out/run/config.yaml" "$out/$name.config.yaml"
}

for ((round = 1; round <= rounds; round++)); do
  echo "policies: round $round of $rounds" >&2
  for ((i = 0; i < ${#sides[@]}; i++)); do # each round begins with another side
    train "${sides[(i + round) % ${#sides[@]}]}" "$round" "$@"
  done
done
rm -rf "$out/run"
ratio_to=${RATIO_TO:-${sides[0]}}
"$jdk/bin/java" -cp "$home/benchmarks/target/*:$home/benchmarks/target/lib/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.policies.ComparePolicies "$out" "${ratio_to//\//-}" "${sides[@]//\//-}"
