#!/usr/bin/env bash
# Runs mpirun over two nodes, which are network and host name namespaces of this machine joined by a link: 10.231.7.1 and .2.
# Usage: with-mpi-nodes.sh RANKS-PER-NODE MPIRUN-OPTIONS... PROGRAM...
# mpirun is in the first node and reaches the second by nsenter in place of ssh. Needs root, iproute2, util-linux and openmpi-bin; ends
# with 3, and says so, where it cannot be.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)

fail() {
  echo "with-mpi-nodes: $1" >&2
  exit 3
}
command -v mpirun >/dev/null || fail "there is no mpirun"
slots=$1
shift

coproc namespaces { exec "$here/../../../../benchmarks/network/namespaces.sh" --nodes 2; }
read -r -u "${namespaces[0]:--1}" first second 2>/dev/null || exit 3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# What ssh would do: options, HOST, then words that a shell reads.
cat >"$folder/ssh" <<END
#!/usr/bin/env bash
while [[ \$1 == -* ]]; do shift; done
shift
exec nsenter --net=/proc/$second/ns/net unshare --uts sh -c "hostname beta; \$*"
END
chmod +x "$folder/ssh"
nsenter --net="/proc/$first/ns/net" unshare --uts sh -c 'hostname alpha; exec "$@"' sh \
  mpirun --allow-run-as-root --mca plm_rsh_agent "$folder/ssh" --mca btl_base_warn_component_unused 0 \
  --mca oob_tcp_if_include eth0 --host "10.231.7.1:$slots,10.231.7.2:$slots" -np $((2 * slots)) "$@"
