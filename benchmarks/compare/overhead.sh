#!/usr/bin/env bash
# What keeping and telling costs: recipe peer without vault, with it, and with it and the metrics endpoint (which nobody asks), in turns on
# this machine; the paired ratios of speed with their 95 % intervals. Heartbeats and metrics.jsonl cannot be switched off: with more than
# one rank they are in all sides.
# Usage: benchmarks/compare/overhead.sh [PAIRS, 15 by default] [-- OPTIONS of bin/witan train, for all sides]
# Environment: STEPS (default 60; the second half is timed), RECIPE, OUT as in policies.sh
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
pairs=15
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  pairs=$1
  shift
fi
export RECIPE=${RECIPE:-peer} STEPS=${STEPS:-60}
export SIDES="ep+checkpoint.vault=false ep+checkpoint.vault=true ep+checkpoint.vault=true+--metrics-port=0"
exec "$here/policies.sh" "$pairs" "$@"
