package io.witan.launcher.engine;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The nodes of a Slurm job, seen by a launcher that runs inside it: the agents of nodes other than its own are started by
 * {@code srun}, and spoken to over its stdin and stdout.
 */
public final class SlurmAllocation {
    private static final int MAX_RANKS = 4096;

    private SlurmAllocation() {}

    /**
     * @param port as {@link Cluster#port}
     * @throws LaunchException code ENVIRONMENT outside of a job, or if Slurm's variables contradict each other
     */
    public static Cluster of(Map<String, String> environment, int port, Duration timeout) {
        Variables variables = new Variables(environment);
        if (!variables.has("SLURM_JOB_NODELIST")) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "--cluster slurm works inside a Slurm job (sbatch or salloc): SLURM_JOB_NODELIST is not set");
        }
        List<String> hosts = HostList.expand("SLURM_JOB_NODELIST", variables.text("SLURM_JOB_NODELIST"));
        List<Integer> tasks = counts(variables, "SLURM_TASKS_PER_NODE", hosts.size());
        List<Integer> cores = counts(variables, "SLURM_JOB_CPUS_PER_NODE", hosts.size());
        // Set where the job's script runs; a shell of salloc may be on a machine that is no node of the job.
        String here = variables.text("SLURMD_NODENAME");
        List<NodeSpec> nodes = new ArrayList<>();
        for (int node = 0; node < hosts.size(); node++) {
            String host = hosts.get(node);
            int ranks = variables.number(EnginePlace.RANKS_VARIABLE, 1, MAX_RANKS, tasks.get(node));
            List<String> command = host.equals(here) ? List.of() : command(host, cores.get(node));
            nodes.add(new NodeSpec(host, host, ranks, command, ""));
        }
        return new Cluster(nodes, port, timeout);
    }

    private static List<Integer> counts(Variables variables, String name, int nodes) {
        List<Integer> counts = NodeCounts.expand(name, variables.required(name));
        if (counts.size() != nodes) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT, name + " has " + counts.size() + " nodes, SLURM_JOB_NODELIST " + nodes);
        }
        return counts;
    }

    /**
     * One task that gets all that the job has on the node: a step's usual share is one core. Options that the job's own
     * would change otherwise are given.
     */
    private static List<String> command(String host, int cores) {
        return List.of(
                "srun",
                "--nodes=1",
                "--ntasks=1",
                "--ntasks-per-node=1",
                "--nodelist=" + host,
                "--cpus-per-task=" + cores,
                "--mem=0",
                "--overlap",
                "--cpu-bind=none",
                "--export=ALL",
                "--input=all",
                "--quiet");
    }
}
