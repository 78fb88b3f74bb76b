#!/usr/bin/env bash
# How long a run stands still when a rank is killed: recipe tiny with four ranks, a random one killed by SIGKILL whenever a spare is warm;
# seconds from the kill until two more steps are in metrics.jsonl (one may be on its way). Then the same steps undisturbed: losses must be the same bit for bit.
# No checkpoint is written meanwhile: what ranks go on from is in their vaults.
# Usage: benchmarks/compare/recovery.sh [KILLS, 10 by default] [-- OPTIONS of bin/witan train]
# Environment: RANKS (4), SPARES (1; 0: a kill every EVERY steps, 20), SEED (1), OUT (a folder in /tmp)
set -euo pipefail
export LC_ALL=C
here=$(dirname "$(readlink -f "$0")")
witan=$here/../../bin/witan
kills=10
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  kills=$1
  shift
fi
[ "${1:-}" != -- ] || shift
ranks=${RANKS:-4}
spares=${SPARES:-1}
every=${EVERY:-20}
RANDOM=${SEED:-1}
out=${OUT:-$(mktemp -d /tmp/witan-recovery.XXXXXX)}
mkdir -p "$out"
deadline=600
options=(--recipe tiny --ranks "$ranks" --threads 1 --set train.steps=1000000 --set train.eval_interval=1000000
  --set checkpoint.interval=1000000 "$@")

# The newest completed step.
step() {
  local last
  last=$(grep -o '^{"step":[0-9]*,"loss"' "$out/run/metrics.jsonl" 2>/dev/null | tail -n 1)
  last=${last#*:}
  echo "${last%%,*}"
}

# await WORDS COMMAND...: until it succeeds.
await() {
  local what=$1 end=$((SECONDS + deadline))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$run" 2>/dev/null; then
      echo "recovery: no $what" >&2
      tail -n 5 "$out/run.txt" >&2
      exit 1
    fi
    sleep 0.02
  done
}

completed() { [ "$(step)" -gt "$1" ] 2>/dev/null; }
warm() { [ "$(grep -c 'is warm' "$out/run/logs/spare-0-0.log" 2>/dev/null)" -ge "$1" ]; }

export WITAN_JAVA_OPTS="${WITAN_JAVA_OPTS:-} -Dwitan.spares.after=0"
"$witan" train "${options[@]}" --out "$out/run" --spares "$spares" --max-restarts "$kills" >"$out/run.txt" 2>&1 &
run=$!
trap 'kill "$run" 2>/dev/null || true' EXIT
: >"$out/seconds"
for ((i = 1; i <= kills; i++)); do
  await "step" completed "$((i == 1 ? every : $(step) + every))"
  [ "$spares" = 0 ] || await "spare that is warm" warm "$i"
  sleep "0.$((RANDOM % 90 + 10))"
  victim=$((RANDOM % ranks))
  pid=$(grep -o '"pid" *: *[0-9]*' "$out/run/ranks.json" | sed -n "$((victim + 1))s/.*[: ]//p")
  before=$(step)
  begun=$EPOCHREALTIME
  kill -KILL "$pid"
  await "step after kill $i" completed "$((before + 1))"
  awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }' | tee -a "$out/seconds" |
    sed "s/^/kill $i of $kills, rank $victim after step $before: /; s/\$/ s/"
done
last=$(step)
kill -TERM "$run"
wait "$run" || true
trap - EXIT
if ! grep -q "^interrupted; to go on" "$out/run.txt"; then
  echo "recovery: the run did not end as it should" >&2
  tail -n 5 "$out/run.txt" >&2
  exit 1
fi
sort -n "$out/seconds" | awk -v s="$spares" '{ v[NR] = $1 } END {
  m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
  printf "%d kills, %d spares: median %.2f s from the kill until two more steps were complete (least %.2f, most %.2f)\n", NR, s, m, v[1], v[NR] }'
"$witan" train "${options[@]}" --out "$out/undisturbed" --spares 0 --set "train.stop_after=$last" >"$out/undisturbed.txt" 2>&1
losses() { grep -o '^{"step":[0-9]*,"loss":[^,]*' "$1/metrics.jsonl" | head -n "$last"; }
if cmp -s <(losses "$out/run") <(losses "$out/undisturbed"); then
  echo "all $last losses are those of an undisturbed run, bit for bit"
else
  echo "recovery: losses differ ($out)" >&2
  exit 1
fi
