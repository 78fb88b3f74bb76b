#!/usr/bin/env bash
# Compiles the CUDA kernels, what has changed only.
#   build-cuda.sh fatbins OUT   one OUT/io/witan/kernels/cuda/NAME.fatbin for each src/main/cuda/NAME.cu, and the list of them;
#                               without nvcc none, and a line that says so
#   build-cuda.sh shim OUT      OUT/libcuda.so.1: the same kernels as host C++ behind the driver's interface, for the tests;
#                               without g++ none
#   build-cuda.sh attempt OUT DIR       OUT/NAME.fatbin for each DIR/NAME.cu, whose own headers in DIR/witan stand before ours
#   build-cuda.sh shim-attempt OUT DIR  as shim, with the kernels of DIR/NAME.cu in place of ours of that name
set -euo pipefail
attempt=${3:+$(cd "$3" && pwd)}
cd "$(dirname "$0")"
mode=${1:?fatbins, shim, attempt or shim-attempt}
mkdir -p "${2:?the folder to write to}"
out=$(cd "$2" && pwd)
jobs=$(nproc)

# NAME.cu begins with "// architectures: 90a" where it uses instructions of one family only.
architectures() {
  local line
  line=$(sed -n 's,^// architectures: ,,p' "$1")
  echo "${line:-80 90a 100 ptx}"
}

newer() { # newer TARGET SOURCE...: whether any source (or this script) is newer than the target, or is no more
  local target=$1 source
  [ -e "$target" ] || return 0
  for source in "${@:2}" "$0"; do
    if [ ! -e "$source" ] || [ "$source" -nt "$target" ]; then return 0; fi
  done
  return 1
}

sources_of() { # sources_of DEPENDENCIES DEFAULT...: what a compiler wrote that it read of ours, or the default before it has run
  if [ -e "$1" ]; then grep -o '[^ :]*src/[^ ]*' "$1"; else printf '%s\n' "${@:2}"; fi
}

fatbin() { # fatbin SOURCE TARGET REPORT DEPENDENCIES
  local flags=() architecture
  for architecture in $(architectures "$1"); do
    if [ "$architecture" = ptx ]; then
      flags+=(-gencode arch=compute_80,code=compute_80)
    else
      flags+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
    fi
  done
  nvcc -std=c++17 -O3 -fatbin "${flags[@]}" -Xptxas -v --expt-relaxed-constexpr \
    ${attempt:+-I "$attempt"} -I src/main/cuda/include -I src/main/cuda/nvcc \
    -MD -MF "$4" "$1" -o "$2.part" >"$3" 2>&1 || { cat "$3" >&2; return 1; }
  mv "$2.part" "$2"
}

fatbins() {
  local folder=$out/io/witan/kernels/cuda report=$out/../cuda source name headers ours
  mkdir -p "$folder" "$report"
  if ! command -v nvcc >/dev/null; then
    echo "built without nvcc: the jar has no CUDA kernels" | tee "$folder/build.txt"
    rm -f "$folder"/*.fatbin
    return
  fi
  headers=(src/main/cuda/include/witan/*.cuh src/main/cuda/nvcc/witan/*.cuh)
  for source in src/main/cuda/*.cu; do
    name=$(basename "$source" .cu)
    mapfile -t ours < <(sources_of "$report/$name.d" "$source" "${headers[@]}")
    if newer "$folder/$name.fatbin" "${ours[@]}"; then echo "$source"; fi
  done | xargs -r -P "$jobs" -I{} bash -c \
    'name=$(basename "$1" .cu); fatbin "$1" "$2/$name.fatbin" "$3/$name.ptxas.txt" "$3/$name.d"' _ {} "$folder" "$report"
  nvcc --version | sed -n 's/.*release \([^,]*\), V\(.*\)/nvcc \2/p' >"$folder/build.txt"
}

attempts() {
  local source name
  for source in "${attempt:?the folder of the attempt}"/*.cu; do
    name=$(basename "$source" .cu)
    fatbin "$source" "$out/$name.fatbin" "$out/$name.ptxas.txt" "$out/$name.d"
  done
}

unit() { # unit SOURCE OBJECT: one kernel file and its entries in the registry
  local included=$1
  if [ -n "$attempt" ] && [ -e "$attempt/${1##*/}" ]; then included=$attempt/${1##*/}; fi
  { echo "#include \"$included\""
    echo '#include "registry.h"'
    grep -oE '^(CLUSTER_)?KERNEL\([a-z0-9_]*' "$1" | sed 's/.*(\(.*\)/REGISTER(\1)/'
  } | g++ -std=c++17 -O2 -fPIC -w -iquote . ${attempt:+-I "$attempt"} -I src/test/cuda/shim -I src/main/cuda/include -MMD -MF "${2%.o}.d" -c -x c++ - -o "$2" || return 1
  # On the host `__shared__` variables are variables of functions, one copy for all blocks of a cluster.
  if grep -q '^CLUSTER_KERNEL' "$1" && nm "$2" | grep ' [bBdDuV] _ZZ' >&2; then
    echo "$1: kernels of a cluster, and of its file, keep shared memory in DYNAMIC_SHARED only" >&2
    rm "$2"
    return 1
  fi
}

cublas() { # cublas VERSION: a stand-in for that version, whose symbols carry it as those of the real one do
  local name=libcublas.so.$1
  newer "$out/$name" src/test/cuda/cublas/cublas.cpp || return 0
  echo "$name { global: *; };" >"$out/$name.map"
  g++ -std=c++17 -O2 -fPIC -shared -Wall -Wextra -Werror -DWITAN_SHIM_CUBLAS="$1" -Wl,-soname,"$name" \
    -Wl,--version-script,"$out/$name.map" src/test/cuda/cublas/cublas.cpp -o "$out/$name.part" -ldl
  mv "$out/$name.part" "$out/$name"
}

shim() {
  local objects=$out/objects source name shim_sources ours linked=()
  if ! command -v g++ >/dev/null; then
    echo "no g++: the CUDA kernels are not tested on the host"
    return
  fi
  mkdir -p "$objects"
  shim_sources=(src/test/cuda/shim/*.h src/test/cuda/shim/witan/*.cuh src/main/cuda/include/witan/*.cuh)
  for source in src/main/cuda/*.cu src/test/cuda/faulty/*.cu; do
    name=$(basename "$source" .cu)
    mapfile -t ours < <(sources_of "$objects/$name.d" "$source" "${shim_sources[@]}")
    if newer "$objects/$name.o" "${ours[@]}"; then echo "$source"; fi
  done | xargs -r -P "$jobs" -I{} bash -c 'unit "$1" "$2/$(basename "$1" .cu).o"' _ {} "$objects"
  for source in src/main/cuda/*.cu src/test/cuda/faulty/*.cu; do linked+=("$objects/$(basename "$source" .cu).o"); done
  for source in src/test/cuda/shim/*.cpp; do
    name=shim-$(basename "$source" .cpp)
    linked+=("$objects/$name.o")
    mapfile -t ours < <(sources_of "$objects/$name.d" "$source" "${shim_sources[@]}")
    if newer "$objects/$name.o" "${ours[@]}"; then
      g++ -std=c++17 -O2 -fPIC -Wall -Wextra -Werror -I src/test/cuda/shim -MMD -MF "$objects/$name.d" -c "$source" -o "$objects/$name.o"
    fi
  done
  g++ -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1.part" "${linked[@]}"
  mv "$out/libcuda.so.1.part" "$out/libcuda.so.1"
  cublas 12
  cublas 13
}

export attempt
export -f fatbin unit architectures
case $mode in
  fatbins) fatbins ;;
  shim | shim-attempt) shim ;;
  attempt) attempts ;;
  *) echo "build-cuda.sh: $mode: allowed are fatbins, shim, attempt, shim-attempt" >&2; exit 2 ;;
esac
