#!/usr/bin/env bash
# Times collectives between two network namespaces of this machine, and a plain Aeron stream in the same run.
# Usage: benchmarks/network/two-nodes.sh [--rate 1gbit] [--mtu 1500] [--ranks 2] [--volume MB] [--rounds N] [--idle spin]
# WITAN_JAVA_OPTS goes to all processes: -Dwitan.network.datagram=8192 and so on. Needs root, as namespaces.sh does.
set -euo pipefail
home=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
"$home/bin/witan" bench --help >/dev/null # builds, if need be
# shellcheck disable=SC2086 # several options
exec "$("$home/bin/find-jdk")/bin/java" "@$home/bin/jvm.options" -Xmx512m -XX:+UseSerialGC ${WITAN_JAVA_OPTS:-} \
  -cp "$home/benchmarks/target/classes:$home/launcher/target/*:$home/launcher/target/lib/*" \
  io.witan.benchmarks.network.TwoNodes "$home/benchmarks/network/namespaces.sh" "$@"
