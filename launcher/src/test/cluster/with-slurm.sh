#!/usr/bin/env bash
# Runs a command beside a Slurm of its own, whose nodes tux1, tux2 ... are all this machine.
# Usage: with-slurm.sh [--nodes 2] -- COMMAND...
# Munge key, configuration and spool lie in a temporary folder; daemons and names are in namespaces of their own and end with the
# command. Needs root, slurmctld, slurmd, slurm-client and munge; ends with 3, and says so, where it cannot be.
set -euo pipefail

fail() {
  echo "with-slurm: $1" >&2
  exit 3
}

nodes=2
if [ "${1:-}" = --nodes ]; then
  nodes=$2
  shift 2
fi
[ "${1:-}" = -- ] && [ $# -gt 1 ] || fail "usage: with-slurm.sh [--nodes N] -- COMMAND..."
shift

if [ -z "${WITH_SLURM_FOLDER:-}" ]; then
  [ "$(id -u)" = 0 ] || fail "needs root"
  for tool in slurmctld slurmd srun scontrol munged unshare; do
    command -v "$tool" >/dev/null || fail "there is no $tool"
  done
  WITH_SLURM_FOLDER=$(mktemp -d)
  export WITH_SLURM_FOLDER
  trap 'rm -rf "$WITH_SLURM_FOLDER"' EXIT
  unshare --mount --pid --fork --mount-proc --kill-child "$0" --nodes "$nodes" -- "$@"
  exit
fi

folder=$WITH_SLURM_FOLDER
chmod 755 "$folder"
(umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" 2>"$folder/munged.err" || fail "munged: $(cat "$folder/munged.err")"

names=$(seq -s ' ' -f 'tux%g' 1 "$nodes")
{ cat /etc/hosts; echo "127.0.0.1 $names"; } >"$folder/hosts"
mount --bind "$folder/hosts" /etc/hosts

# From /proc, as a nested namespace may have another idea of a host name.
host=$(cat /proc/sys/kernel/hostname)
cat >"$folder/slurm.conf" <<END
ClusterName=witan
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=17000
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
MpiDefault=none
ReturnToService=2
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmdLogFile=$folder/slurmd-%n.log
SlurmdSpoolDir=$folder/slurmd-%n
StateSaveLocation=$folder/state
NodeName=tux[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17001-$((17000 + nodes))] CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
END
export SLURM_CONF=$folder/slurm.conf
mkdir "$folder/state"
slurmctld -f "$SLURM_CONF" 2>"$folder/slurmctld.err" || fail "slurmctld: $(cat "$folder/slurmctld.err")"
for name in $names; do
  slurmd -f "$SLURM_CONF" -N "$name" 2>"$folder/slurmd.err" || fail "slurmd: $(cat "$folder/slurmd.err")"
done
for _ in $(seq 100); do
  [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = "$nodes" ] && exec "$@"
  sleep 0.2
done
sinfo >&2 || true
tail -n 5 "$folder"/*.log >&2
fail "the nodes did not come up"
