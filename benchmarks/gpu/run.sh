#!/usr/bin/env bash
# Checks and times Witan's CUDA back end on a machine with an NVIDIA driver, from the archive that pack.sh put beside this script, or
# from its folder witan-gpu if it is unpacked there.
# Needs bash, tar, xz or python3, and coreutils; no JDK, no CUDA toolkit, no network. Parts, each with a time limit in seconds:
#   machine 40    GPU, driver, libraries; how fast it copies and multiplies at best
#   twins 120     the tests of the CUDA back end, each kernel beside its host twin
#   timings 150   products, kernels bound by memory, attention, a whole MoE layer, by the GPU's clock; checked before and after
#   peers 110     the same shapes by PyTorch and Triton, if python3 has them
#   training 110  a small model on the host, on the GPU in fp32 and in bf16: losses step by step
#   ranks 50      the same on two ranks that share the GPU
#   laboratory 60 the jar's kernels beside each attempt of benchmarks/gpu/laboratory, in turn
# A part that fails does not stop the next. Afterwards the folder has report.md, rows.jsonl and logs.tar.gz.
# Usage: run.sh [--smoke] [--gpu N] [--only PART,...] [--limit PART=SECONDS]... [FOLDER]
#   --smoke  everything in a size that a machine without a GPU can do on the stand-in for the driver
#   FOLDER   new or empty; default: gpu-YYYY-MM-DD here
# Environment: PYTHON (default python3), WITAN_JAVA_OPTS
# Exit code: 9 a check failed, 1 a part failed otherwise or was too slow, 3 no NVIDIA driver, 0 all that could be executed passed.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
parts=(machine twins timings peers training ranks laboratory)
declare -A limit=([machine]=40 [twins]=120 [timings]=150 [peers]=110 [training]=110 [ranks]=50 [laboratory]=60)
declare -A state seconds

usage() {
  echo "run: $1" >&2
  exit 2
}

smoke=no
gpu=0
only=,$(IFS=,; echo "${parts[*]}"),
out=
arguments=
while [ $# -gt 0 ]; do
  case $1 in --only | --limit | --gpu) arguments+=" $1 ${2:-}" ;; -*) arguments+=" $1" ;; esac
  case $1 in
    --smoke) smoke=yes ;;
    --gpu) gpu=${2:-}; shift ;;
    --only) only=,${2:-},; shift ;;
    --limit)
      [[ ${2:-} =~ ^([a-z]+)=([1-9][0-9]*)$ ]] && [ -n "${limit[${BASH_REMATCH[1]}]:-}" ] || usage "--limit needs PART=SECONDS, got \"${2:-}\""
      limit[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
      shift
      ;;
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p;}' "$0"; exit 0 ;;
    -*) usage "unknown option $1; see --help" ;;
    *) [ -z "$out" ] || usage "one folder only"; out=$1 ;;
  esac
  shift
done
[[ $gpu =~ ^[0-9]+$ ]] || usage "--gpu needs a number, got \"$gpu\""
for name in ${only//,/ }; do [ -n "${limit[$name]:-}" ] || usage "--only: no part $name; parts are ${parts[*]}"; done
out=${out:-gpu-$(date +%F)}
pack=$here/witan-gpu
[ -d "$pack" ] || [ -r "$pack.tar.xz" ] || usage "no witan-gpu.tar.xz beside $0; benchmarks/gpu/pack.sh makes it and copies this script to it"
mkdir -p "$out"
[ -z "$(ls -A "$out")" ] || { echo "run: $out is not empty" >&2; exit 11; }
out=$(cd "$out" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/witan-gpu.XXXXXX")
trap 'rm -rf "$work"' EXIT
logs=$out/logs
python=${PYTHON:-python3}
mkdir -p "$logs"

if [ ! -d "$pack" ]; then
  if command -v xz >/dev/null; then
    tar -C "$work" -xJf "$pack.tar.xz"
  else
    "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$pack.tar.xz" "$work"
  fi
  pack=$work/witan-gpu
fi
shapes=$pack/benchmarks/gpu/shapes.txt
[ $smoke = no ] || shapes=$pack/benchmarks/gpu/shapes-smoke.txt
peers_path=${LD_LIBRARY_PATH:-}

# Where a library is that programs should find: its path, or nothing.
find_library() {
  local folder site
  site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2>/dev/null || true)
  for folder in ${LD_LIBRARY_PATH//:/ }; do
    if [ -e "$folder/$1" ]; then echo "$folder/$1"; return; fi
  done
  folder=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null | sed -n "s,.*x86-64.*=> \(.*/$1\)\$,\1,p" | head -n 1)
  if [ -n "$folder" ]; then echo "$folder"; return; fi
  for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/local/cuda*/lib64 \
    /usr/local/cuda*/targets/x86_64-linux/lib "$site"/nvidia/*/lib; do
    if [ -e "$folder/$1" ]; then echo "$folder/$1"; return; fi
  done
}

LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}
libraries=
for name in libcuda.so.1 libcublas.so.12 libcublas.so.13; do
  path=$(find_library $name)
  libraries+="$name: ${path:-not found}"$'\n'
  [ -z "$path" ] || LD_LIBRARY_PATH=$LD_LIBRARY_PATH${LD_LIBRARY_PATH:+:}${path%/*}
  [ $name != libcuda.so.1 ] || driver=$path
done
# The archive has no OpenBLAS, which processors with AVX-512 would take.
java_options="-Dwitan.gemm=avx2 ${WITAN_JAVA_OPTS:-}"
case $libraries in
  *libcublas*/*) ;;
  *) java_options+=" -Dwitan.cuda.blas=own" ;;
esac
export LD_LIBRARY_PATH WITAN_JAVA_HOME=$pack/java WITAN_JAVA_OPTS=$java_options
export smoke gpu work logs pack shapes python libraries driver peers_path

not_executed() { # reason
  echo "$1" >"$work/reason"
  exit 77
}

# What a part says in the report; its standard output is its log.
tell() {
  printf '%s\n' "$@" >>"$work/section"
}

witan() {
  echo "+ witan $*"
  "$pack/bin/witan" "$@"
}

bench() { # file of shapes, seconds a case, file for JSON lines
  witan bench gpu --gpu "$gpu" --shapes "$1" --seconds "$2" --json "$3"
}

# A class of io.witan.benchmarks.gpu that reads results.
reader() {
  "$pack/java/bin/java" -Xmx512m -cp "$pack/benchmarks/target/*:$pack/launcher/target/*:$pack/launcher/target/lib/*" \
    "io.witan.benchmarks.gpu.$1" "${@:2}"
}

# The report's section on timings: tables of all rows so far.
tables() {
  reader GpuReport "$logs/ceilings.jsonl" "$logs/timings.jsonl" "$logs/peers.jsonl" >"$work/tables" &&
    { [ ! -e "$work/products" ] || cat "$work/products"; cat "$work/tables"; } >"$work/timings.md"
}

machine() {
  local smi=/usr/local/nvidia/bin/nvidia-smi
  smi=$(command -v nvidia-smi || { [ -x $smi ] && echo $smi; } || true)
  tell '```' "$(uname -srm), $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
    "$(sed -n 's/^MemTotal: *//p' /proc/meminfo) of memory" "$libraries"
  if [ -n "$smi" ]; then
    "$smi"
    tell "$("$smi" --query-gpu=index,name,driver_version,memory.total,clocks.sm,clocks.max.sm,power.limit,mig.mode.current --format=csv 2>&1)"
  else
    tell "nvidia-smi: not found"
  fi
  tell '```'
  [ -n "$driver" ] || return 0
  grep -E '^(copy|square) ' "$shapes" >"$work/ceilings.txt"
  local code=0
  bench "$work/ceilings.txt" 0.5 "$logs/ceilings.jsonl" | tee "$work/ceilings.log" || code=${PIPESTATUS[0]}
  tell "" "$(grep '^kernels: ' "$work/ceilings.log")" "" "$(grep '^|' "$work/ceilings.log")"
  return $code
}

twins() {
  local select=(--select-package io.witan.kernels.cuda)
  [ $smoke = no ] || select=(--select-class io.witan.kernels.cuda.DeviceTimerTest --select-class io.witan.kernels.cuda.CudaActivationTest)
  local code=0
  # What the compiler said of the kernels was checked where they were built. The options are words on purpose.
  # shellcheck disable=SC2086
  "$pack/java/bin/java" "@$pack/bin/jvm.options" -Xmx4g -XX:+UseSerialGC $WITAN_JAVA_OPTS -Dwitan.test.device=gpu \
    -cp "$pack/tests/classes:$pack/tests/*:$pack/launcher/target/lib/*" org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --disable-ansi-colors --details=tree --details-theme=ascii --exclude-classname '.*\.CompiledKernelsTest' \
    "${select[@]}" >"$work/twins.log" 2>&1 || code=$?
  cat "$work/twins.log"
  tell '```' "$(sed -n 's/^\[ *\([0-9]* tests .*[a-z]\) *\]$/\1/p' "$work/twins.log")" '```' "" \
    'Aborted are tests that need the stand-in for the driver, or a library that was not found.'
  if grep -q ' \[X\]' "$work/twins.log"; then tell "" "Failed:" "" "$(grep ' \[X\]' "$work/twins.log" | sed "s/^[|' +-]*/- /" | head -n 40)"; fi
  grep -q '^\[ *[1-9][0-9]* tests successful' "$work/twins.log" || { tell "" "No test ran to its end, exit code $code."; return 1; }
  [ $code = 0 ] || return 9
}

timings() {
  local code=0 time=0.2
  [ $smoke = no ] || time=0.001
  grep -vE '^(copy|square) ' "$shapes" >"$work/timings.txt"
  bench "$work/timings.txt" $time "$logs/timings.jsonl" | tee "$work/timings.log" || code=${PIPESTATUS[0]}
  grep '^grouped products: ' "$work/timings.log" >"$work/products"
  tables || code=$?
  return $code
}

peers() {
  local code=0 time=0.2 more=()
  [ $smoke = no ] || { time=0.001; more=(--allow-cpu); }
  command -v "$python" >/dev/null || not_executed "no $python"
  LD_LIBRARY_PATH=$peers_path "$python" "$pack/benchmarks/gpu/torch_peers.py" --shapes "$shapes" --json "$logs/peers.jsonl" \
    --seconds $time "${more[@]}" >"$work/peers.log" 2>"$work/peers.err" || code=$?
  cat "$work/peers.log" "$work/peers.err"
  [ $code != 77 ] || not_executed "$(tail -n 1 "$work/peers.log")"
  tell "$(grep -E '^(torch|no Triton)' "$work/peers.log"); times are in the tables above."
  tables || code=$?
  return $code
}

# Losses go to logs/NAME.jsonl.
train() { # name, further options of witan train
  local name=$1 more=(--set train.stop_after=200)
  shift
  [ $smoke = no ] || more=(--threads 1 --set train.stop_after=3 --set model.d_model=32 --set model.layers=1 --set model.heads=2 \
    --set model.seq_len=16 --set model.experts=4 --set model.d_ff=32 --set train.global_batch=2)
  witan train --recipe tiny --seed 1 --quiet --out "$work/runs/$name" --metrics "$logs/$name.jsonl" --set train.eval_interval=0 \
    --set sample.tokens=0 "${more[@]}" "$@" || return
  grep '^kernels: ' "$work/runs/$name/logs/rank-0.log" || true
}

on_gpu() { # name, precision, ranks
  train "$1" --ranks "$3" --set parallel.device=cuda --set parallel.precision="$2"
}

losses() { # what, bound of the mean loss, name of the reference, name of the run; the row of the table
  local row code=0
  row=$(reader LossCurves "$1" 1e-3 5e-3 "$2" "$logs/$3.jsonl" "$logs/$4.jsonl") || code=$?
  tell "$row"
  return $code
}

training() {
  local code=0
  train host --ranks 1 --set parallel.device=host || return
  tell "$(reader LossCurves)"
  { on_gpu fp32 fp32 1 && losses "GPU, fp32, beside the host" 1e-2 host fp32; } || code=$?
  { on_gpu bf16 bf16 1 && losses "GPU, bf16, beside the host" 2e-2 host bf16; } || code=$?
  return $code
}

ranks() {
  [ -s "$logs/fp32.jsonl" ] || on_gpu fp32 fp32 1 || return
  on_gpu two fp32 2 || return
  tell "$(reader LossCurves)"
  losses "two ranks on one GPU, fp32, beside one" 1e-2 fp32 two
}

laboratory() {
  local attempt round folder time=0.1 code=0 files=()
  local lab_shapes=$pack/laboratory/shapes.txt
  [ $smoke = no ] || { time=0.001; lab_shapes=$work/attempts.txt; grep '^experts ' "$shapes" >"$lab_shapes"; }
  for attempt in "$pack"/laboratory/*/; do
    [ -d "$attempt" ] || not_executed "no attempts"
    files+=("$(basename "$attempt")=$logs/attempt-$(basename "$attempt").jsonl")
  done
  for round in 1 2; do
    bench "$lab_shapes" $time "$logs/attempt-jar.jsonl" || code=$?
    for attempt in "${files[@]}"; do
      folder=$pack/laboratory/${attempt%%=*}
      WITAN_JAVA_OPTS="$WITAN_JAVA_OPTS -Dwitan.cuda.fatbins=$folder" bench "$lab_shapes" $time "${attempt#*=}" || code=$?
    done
  done
  tell "$(reader AttemptReport "$logs/attempt-jar.jsonl" "${files[@]}")"
  return $code
}

export -f not_executed tell witan bench reader tables machine twins timings peers train on_gpu losses training ranks laboratory

report() {
  {
    echo "# CUDA back end, $(date +%F)"
    if grep -qs 'cuda (shim,' "$logs"/*.txt; then
      printf '\n**Executed on the stand-in for the driver (`shim`): nothing here is a figure of a GPU.**\n'
    fi
    printf '\nBuilt: %s. Run: `run.sh%s`.\n' "$(paste -sd, "$pack/built.txt" | sed 's/,/, /g')" "$arguments"
    printf '\n| part | result | seconds |\n|---|---|--:|\n'
    local part
    for part in "${parts[@]}"; do echo "| $part | ${state[$part]:-not reached} | ${seconds[$part]:-} |"; done
    for part in "${parts[@]}"; do
      if [ -s "$work/$part.md" ]; then printf '\n## %s\n\n%s\n' "${part^}" "$(cat "$work/$part.md")"; fi
    done
  } >"$out/report.md.part"
  mv "$out/report.md.part" "$out/report.md"
}

outcome=0
run_part() {
  local part=$1 code=0 begin=$SECONDS
  if [[ $only != *,$part,* ]]; then state[$part]="not executed: not asked for"; return; fi
  if [ "$part" != machine ] && [ -z "$driver" ]; then state[$part]="not executed: no NVIDIA driver"; return; fi
  echo "run: $part" >&2
  rm -f "$work/section" "$work/reason"
  timeout -k 10 "${limit[$part]}" bash -c "set -uo pipefail; $part" >"$logs/$part.txt" 2>&1 </dev/null || code=$?
  seconds[$part]=$((SECONDS - begin))
  [ ! -e "$work/section" ] || mv "$work/section" "$work/$part.md"
  case $code in
    0) state[$part]=executed ;;
    77) state[$part]="not executed: $(cat "$work/reason")" ;;
    9) state[$part]="FAILED: a result is wrong"; outcome=9 ;;
    124 | 137) state[$part]="FAILED: not ready after ${limit[$part]} s" ;;
    *) state[$part]="FAILED: exit code $code, see logs/$part.txt" ;;
  esac
  case $code in 0 | 77 | 9) ;; *) [ $outcome = 9 ] || outcome=1 ;; esac
}

for part in "${parts[@]}"; do
  run_part "$part"
  report
done
cat "$logs"/{ceilings,timings,peers}.jsonl >"$out/rows.jsonl" 2>/dev/null || true
tar -C "$out" -czf "$out/logs.tar.gz" logs
rm -r "$logs"
for part in "${parts[@]}"; do echo "$part: ${state[$part]}"; done
echo "report: $out/report.md"
[ $outcome != 0 ] || [ -n "$driver" ] || outcome=3
exit $outcome
