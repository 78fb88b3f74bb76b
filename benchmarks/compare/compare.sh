#!/usr/bin/env bash
# Sets Witan's collectives beside Open MPI's and Gloo's on this machine, in alternating pairs, and prints a report in Markdown.
# Usage: benchmarks/compare/compare.sh [PAIRS] [RANKS[,RANKS...]]
# Environment: PAIRS, RANKS, OPS, MIN, MAX, FACTOR, SECONDS_PER_LINE, WARMUP, ZIPF, SIDES, GLOO, OUT (see the README beside this)
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
here=$home/benchmarks/compare
pairs=${1:-${PAIRS:-5}}
worlds=${2:-${RANKS:-2}}
ops=${OPS:-all_gather,all_gatherv,reduce_scatter,all_reduce,all_to_all,all_to_allv}
min=${MIN:-4}
max=${MAX:-67108864}
factor=${FACTOR:-4}
seconds=${SECONDS_PER_LINE:-0.1}
warmup=${WARMUP:-5}
zipf=${ZIPF:-1}
sides=${SIDES:-witan,yield,aeron,cma,none}
if [ "${GLOO:-0}" = 1 ] && [ "$sides" = "${sides/gloo/}" ]; then sides=$sides,gloo; fi
# Above this the targets do not ask for the yielding run.
yield_max=4096
wrong_result=9

refuse() { # exit code, message
  echo "compare: $2" >&2
  exit "$1"
}
[[ $pairs =~ ^[1-9][0-9]*$ ]] || refuse 2 "PAIRS is \"$pairs\"; allowed are whole numbers from 1"
[[ $worlds =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]] || refuse 2 "RANKS is \"$worlds\"; allowed are whole numbers from 1, e.g. 2,4"
for bytes in "$min" "$max" "$factor" "$warmup"; do
  [[ $bytes =~ ^[0-9]+$ ]] || refuse 2 "MIN, MAX, FACTOR or WARMUP is \"$bytes\"; allowed are whole numbers"
done
for side in ${sides//,/ }; do
  case $side in
    witan | yield | aeron | gloo) ;;
    cma | none)
      for tool in mpicc mpirun; do
        command -v "$tool" >/dev/null || refuse 3 "no $tool; apt install openmpi-bin libopenmpi-dev, or SIDES without cma and none"
      done
      ;;
    *) refuse 2 "SIDES names \"$side\"; allowed are witan, yield, aeron, cma, none and gloo" ;;
  esac
done

gloo_rank() { # the words of GlooRank
  OMP_NUM_THREADS=1 exec "$jdk/bin/java" -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
    -cp "$here/gloo/target/*:$here/gloo/target/lib/*" io.witan.benchmarks.gloo.GlooRank "$@"
}

out=${OUT:-$(mktemp -d "${TMPDIR:-/tmp}/witan-compare.XXXXXX")}
mkdir -p "$out"
jdk=$("$home/bin/find-jdk") || exit 3
"$home/bin/witan" bench --help >/dev/null # builds, if need be
limits=()
if "$home/bin/witan" bench collectives --help | grep -q -- --limits; then limits=(--limits); fi
case $sides in
  *cma* | *none*) mpicc -O3 -march=native -o "$out/mpi_perf" "$here/mpi_perf.c" -lm ;;
esac
case $sides in
  *gloo*)
    jar=$(find "$here/gloo/target" -maxdepth 1 -name '*.jar' -print -quit 2>/dev/null || true)
    if [ -z "$jar" ] || [ -n "$(find "$here/gloo/src" "$here/gloo/pom.xml" -newer "$jar" -print -quit)" ]; then
      echo "compare: building the runner of Gloo (the first time this downloads libtorch, 90 MB)" >&2
      (cd "$home" && JAVA_HOME=$jdk ./mvnw -q -B -ntp -f "$here/gloo/pom.xml" -DskipTests package >"$out/gloo-build.txt" 2>&1) ||
        refuse 1 "the runner of Gloo cannot be built, see $out/gloo-build.txt"
    fi
    (gloo_rank) >"$out/gloo-build.txt" 2>&1 || refuse 1 "libtorch cannot be loaded, see $out/gloo-build.txt"
    ;;
esac

# Ranks with a core each spin; more ranks than cores let each other run.
waiting() { # ranks
  if [ "$1" -gt "$(nproc)" ]; then echo "yield"; else echo "spin"; fi
}
witan() { # ranks, idle, transport, largest size, file for the rows, further flags
  "$home/bin/witan" bench collectives --op "$ops" --ranks "$1" --min "$min" --max "$4" --factor "$factor" --warmup "$warmup" \
    --seconds-per-line "$seconds" --skew "zipf:$zipf" --in-place --idle "$2" --transport "$3" --json "$5" "${@:6}" >>"$out/witan.txt"
}
mpi() { # ranks, single-copy mechanism, file for the rows
  local binding=(--bind-to core)
  if [ "$1" -gt "$(nproc)" ]; then binding=(--bind-to none --mca mpi_yield_when_idle 1); fi
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -np "$1" "${binding[@]}" \
    --mca pml ob1 --mca btl vader,self --mca btl_vader_single_copy_mechanism "$2" --mca btl_base_warn_component_unused 0 \
    "$out/mpi_perf" "$min" "$max" "$factor" "$seconds" "$warmup" "$zipf" "$2" "$ops" >"$3"
}
gloo() { # ranks, file for the rows
  local meeting rank code pids=() failed=0
  meeting=$(mktemp -u "$out/gloo-meeting.XXXXXX")
  for ((rank = 0; rank < $1; rank++)); do
    gloo_rank "$rank" "$1" "$meeting" "$min" "$max" "$factor" "$seconds" "$warmup" "$zipf" "$ops" \
      >"$2.rank$rank" 2>>"$out/gloo.txt" &
    pids+=($!)
  done
  # Whichever ends first: the others of a rank that failed would wait for it.
  for rank in "${pids[@]}"; do
    wait -n || {
      code=$?
      if [ $failed = 0 ]; then failed=$code; fi
      kill "${pids[@]}" 2>/dev/null || true
    }
  done
  # Gloo says on stdout whom it is connected to.
  grep '^{' "$2.rank0" >"$2" || failed=$((failed ? failed : 1))
  rm -f "$meeting" "$2".rank*
  return $failed
}
# Both runners end so after wrong elements; other failures leave a side out, this one no report may follow.
require_right() { # exit code, side, its rows
  if [ "$1" = "$wrong_result" ]; then refuse "$wrong_result" "$2 has wrong elements; its rows are in $3"; fi
}
# Runs one side and adds its rows to those of the pair.
measure() { # pair, ranks, side
  local idle code rows=$out/rows.tmp
  idle=$(waiting "$2")
  rm -f "$rows"
  case $3 in
    witan) witan "$2" "$idle" shared "$max" "$rows" "${limits[@]}" ;;
    yield)
      if [ "$idle" != spin ] || [ "$min" -gt "$yield_max" ]; then return; fi
      witan "$2" yield shared "$((max < yield_max ? max : yield_max))" "$rows"
      ;;
    # The media driver needs a core too, and there may be none left.
    aeron) witan "$2" yield aeron "$max" "$rows" ;;
    cma)
      # Kernel and container settings can forbid single copies between processes.
      mpi "$2" cma "$rows" || {
        require_right $? "Open MPI with CMA" "$rows"
        echo "compare: Open MPI with CMA failed, its rows are left out" >&2
        return
      }
      ;;
    none)
      mpi "$2" none "$rows" || {
        code=$?
        require_right $code "Open MPI without CMA" "$rows"
        refuse $code "Open MPI without CMA failed"
      }
      ;;
    gloo)
      gloo "$2" "$rows" || {
        require_right $? "Gloo" "$rows"
        echo "compare: Gloo failed, its rows are left out; see $out/gloo.txt" >&2
        return
      }
      ;;
  esac
  cat "$rows" >>"$out/$1-$3.jsonl"
}
describe_machine() {
  echo "- machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sed -n 1p), family $(sed -n 's/^cpu family[^:]*: //p' /proc/cpuinfo | sed -n 1p)," \
    "$(nproc) cores, $(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo)"
  echo "- system: $(. /etc/os-release && echo "$PRETTY_NAME"), kernel $(uname -r)"
  echo "- JVM: $("$jdk/bin/java" -version 2>&1 | sed -n 's/^OpenJDK Runtime Environment //p')"
  case $sides in *cma* | *none*) echo "- Open MPI: $(mpirun --version | sed -n 's/^mpirun (Open MPI) //p')" ;; esac
  case $sides in *gloo*) echo "- Gloo: libtorch $(basename "$here"/gloo/target/lib/pytorch-*-linux-x86_64.jar .jar)" ;; esac
}

first=1
while compgen -G "$out/$first-*.jsonl" >/dev/null; do first=$((first + 1)); done
[ -e "$out/head.md" ] || describe_machine >"$out/head.md"
commit=$(git -C "$home" describe --always --dirty 2>/dev/null || echo unknown)
echo "$(date -u '+%Y-%m-%d %H:%M') UTC, commit $commit: OPS=$ops MIN=$min MAX=$max FACTOR=$factor SECONDS_PER_LINE=$seconds" \
  "WARMUP=$warmup ZIPF=$zipf SIDES=$sides compare.sh $pairs $worlds" >>"$out/runs.txt"
for ((pair = first; pair < first + pairs; pair++)); do
  order=${sides//,/ }
  # Every second pair runs backwards, so that a machine that slows down favours nobody.
  if ((pair % 2 == 0)); then order=$(echo "$order" | tr ' ' '\n' | tac | tr '\n' ' '); fi
  for ranks in ${worlds//,/ }; do
    for side in $order; do
      echo "compare: pair $((pair - first + 1)) of $pairs, $ranks ranks, $side" >&2
      measure "$pair" "$ranks" "$side"
    done
  done
done
rm -f "$out/rows.tmp"
echo "compare: rows are in $out" >&2
exec "$jdk/bin/java" -XX:+UseSerialGC -cp "$home/benchmarks/target/*:$home/launcher/target/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.compare.CompareCollectives "$out" "$here/targets.txt"
