#!/usr/bin/env bash
# Packs what benchmarks/gpu/run.sh needs on a machine with an NVIDIA GPU but no JDK, Maven and network: into folder OUT go run.sh and
# an archive with Witan's jars and compiled kernels, a Java runtime cut down to what they use, the tests of the CUDA back end with
# JUnit's launcher, and the peers in Python. Copy OUT there and run OUT/run.sh.
# Usage: benchmarks/gpu/pack.sh OUT
# Needs nvcc in PATH, without which the jar has no kernels. OUT must be new or a pack that was made before.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
most_bytes=60000000

fail() { # code, message
  echo "pack: $2" >&2
  exit "$1"
}

[ $# = 1 ] || fail 2 "usage: benchmarks/gpu/pack.sh OUT"
out=$1
archive=$out/witan-gpu.tar.xz
if [ -e "$out" ] && [ ! -e "$archive" ] && [ -n "$(ls -A "$out")" ]; then fail 11 "$out is there and is no pack"; fi
command -v xz >/dev/null || fail 3 "no xz in PATH"
jdk=$("$home/bin/find-jdk") || exit 3
work=$(mktemp -d "${TMPDIR:-/tmp}/witan-pack.XXXXXX")
trap 'rm -rf "$work"' EXIT
pack=$work/witan-gpu

# What the jars use of the JDK; Chronicle Map compiles classes as it runs.
modules=java.base,java.compiler,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml
modules+=,jdk.compiler,jdk.incubator.vector,jdk.management,jdk.unsupported

# Libraries for other work: tokenizers of downloaded models, OpenBLAS (the host has own products), generators of JMH benchmarks.
unused='tokenizers-*.jar api-*.jar openblas-*.jar jmh-generator-*.jar commons-math3-*.jar'

maven() {
  (cd "$home" && JAVA_HOME=$jdk ./mvnw -q -B -ntp "$@") >"$work/maven.txt" 2>&1 || {
    grep -E '^\[ERROR\]|rror:' "$work/maven.txt" | head -n 20 >&2 || tail -n 20 "$work/maven.txt" >&2
    fail 1 "the build failed"
  }
}

jars() { # module: its jars, with the libraries beside them
  mkdir -p "$pack/$1/target/lib"
  cp "$home/$1"/target/witan-*.jar "$pack/$1/target/"
  cp "$home/$1"/target/lib/*.jar "$pack/$1/target/lib/"
  local name
  for name in $unused; do rm -f "$pack/$1/target/lib"/$name; done
}

echo "pack: building" >&2
maven -DskipTests -pl benchmarks -am package
rm -rf "$home/benchmarks/gpu/target"
maven -f benchmarks/gpu/pom.xml package
grep -q '^nvcc' "$home/kernels/target/classes/io/witan/kernels/cuda/build.txt" ||
  fail 3 "$(cat "$home/kernels/target/classes/io/witan/kernels/cuda/build.txt")"

echo "pack: collecting" >&2
mkdir -p "$pack/bin" "$pack/benchmarks/gpu" "$pack/tests"
cp "$home/bin/witan" "$home/bin/find-jdk" "$home/bin/jvm.options" "$pack/bin/"
cp "$home"/benchmarks/gpu/{shapes.txt,shapes-smoke.txt,torch_peers.py} "$pack/benchmarks/gpu/"
jars launcher
jars benchmarks
cp -r "$home/kernels/target/test-classes" "$pack/tests/classes"
mkdir "$pack/laboratory"
cp "$home/benchmarks/gpu/laboratory/shapes.txt" "$pack/laboratory/"
for attempt in "$home"/benchmarks/gpu/laboratory/*/; do
  name=$(basename "$attempt")
  "$home/kernels/build-cuda.sh" attempt "$work/attempts/$name" "$attempt"
  mkdir "$pack/laboratory/$name"
  cp "$work/attempts/$name"/*.fatbin "$pack/laboratory/$name/"
done
cp "$home"/benchmarks/gpu/target/lib/*.jar "$pack/tests/"
{
  git -C "$home" rev-parse HEAD 2>/dev/null || echo "no commit known"
  [ -z "$(git -C "$home" status --porcelain 2>/dev/null)" ] || echo "with changes that are not committed"
  cat "$home/kernels/target/classes/io/witan/kernels/cuda/build.txt"
} >"$pack/built.txt"
# Uncompressed inside, so that xz sees through it.
"$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress zip-0 --output "$pack/java" \
  >"$work/jlink.txt" 2>&1 || { cat "$work/jlink.txt" >&2; fail 1 "jlink failed"; }
# Signatures of older releases of Java, for javac --release.
rm -f "$pack/java/lib/ct.sym"

echo "pack: compressing" >&2
mkdir -p "$out"
install -m 755 "$home/benchmarks/gpu/run.sh" "$out/run.sh"
tar -C "$work" -cf - witan-gpu | xz -6 -T0 >"$archive.part"
mv "$archive.part" "$archive"
bytes=$(du -sb --apparent-size "$out" | cut -f1)
if [ "$bytes" -gt "$most_bytes" ]; then fail 1 "$out has $bytes bytes, allowed are $most_bytes"; fi
echo "$out: $bytes bytes of at most $most_bytes"
