package io.witan.launcher.engine;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * This process among those that an engine has started.
 *
 * @param engine its name
 * @param process number of this process, from 0
 * @param processes on all nodes
 * @param local number of this process on its node, from 0
 * @param locals processes on its node
 * @param ranks that the node gets
 * @param node name of the node
 * @param others names of the other nodes; empty: the engine does not tell
 * @param first host name of the node of process 0; empty: the engine does not tell
 */
public record EnginePlace(
        String engine,
        int process,
        int processes,
        int local,
        int locals,
        int ranks,
        String node,
        List<String> others,
        String first) {
    /** Environment variable: ranks of each node, whatever the number of its processes. */
    public static final String RANKS_VARIABLE = "WITAN_RANKS_PER_NODE";

    /** Environment variable: nodes of a Kubernetes Job, its completions. */
    public static final String NODES_VARIABLE = "WITAN_NODES";

    private static final int MAX_RANKS = 4096;
    private static final int MAX_PROCESSES = 1 << 20;

    public EnginePlace {
        others = List.copyOf(others);
    }

    /** The first process of its node is the node's agent; the others are not needed. */
    public boolean isAgent() {
        return local == 0;
    }

    /** The very first process is the launcher too. */
    public boolean isLauncher() {
        return process == 0;
    }

    public boolean isAlone() {
        return locals == processes;
    }

    /**
     * Open MPI comes before Slurm, as its daemons may run in a step of Slurm's.
     *
     * @param host name of this machine
     * @return empty if no engine has started this process together with others
     * @throws LaunchException code ENVIRONMENT if the engine's variables contradict each other
     */
    public static Optional<EnginePlace> of(Map<String, String> environment, String host) {
        Variables variables = new Variables(environment);
        if (variables.has("OMPI_COMM_WORLD_SIZE")) {
            return ofOpenMpi(variables, host).filter(EnginePlace::hasCompany);
        }
        if (variables.has("JOB_COMPLETION_INDEX") && variables.has(NODES_VARIABLE)) {
            return Optional.of(ofKubernetes(variables, host));
        }
        return variables.has("SLURM_STEP_TASKS_PER_NODE") && variables.has("SLURM_PROCID")
                ? Optional.of(ofSlurm(variables)).filter(EnginePlace::hasCompany)
                : Optional.empty();
    }

    private boolean hasCompany() {
        return processes > 1;
    }

    private static Optional<EnginePlace> ofOpenMpi(Variables variables, String host) {
        int processes = variables.number("OMPI_COMM_WORLD_SIZE", 1, MAX_PROCESSES);
        int process = variables.number("OMPI_COMM_WORLD_RANK", 0, processes - 1);
        int locals = variables.number("OMPI_COMM_WORLD_LOCAL_SIZE", 1, processes);
        int local = variables.number("OMPI_COMM_WORLD_LOCAL_RANK", 0, locals - 1);
        return Optional.of(new EnginePlace(
                "Open MPI", process, processes, local, locals, ranks(variables, locals), host, List.of(), ""));
    }

    private static EnginePlace ofSlurm(Variables variables) {
        List<Integer> counts =
                NodeCounts.expand("SLURM_STEP_TASKS_PER_NODE", variables.required("SLURM_STEP_TASKS_PER_NODE"));
        List<String> nodes = HostList.expand("SLURM_STEP_NODELIST", variables.required("SLURM_STEP_NODELIST"));
        if (nodes.size() != counts.size()) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "SLURM_STEP_NODELIST has " + nodes.size() + " nodes, SLURM_STEP_TASKS_PER_NODE " + counts.size());
        }
        int processes = counts.stream().mapToInt(Integer::intValue).sum();
        int here = variables.number("SLURM_NODEID", 0, nodes.size() - 1);
        int process = variables.number("SLURM_PROCID", 0, processes - 1);
        int local = variables.number("SLURM_LOCALID", 0, counts.get(here) - 1);
        List<String> others = new ArrayList<>(nodes);
        String node = others.remove(here);
        return new EnginePlace(
                "Slurm",
                process,
                processes,
                local,
                counts.get(here),
                ranks(variables, counts.get(here)),
                node,
                others,
                nodes.getFirst());
    }

    /** Pods of an indexed Job are called JOB-INDEX. */
    private static EnginePlace ofKubernetes(Variables variables, String host) {
        int nodes = variables.number(NODES_VARIABLE, 1, MAX_RANKS);
        int index = variables.number("JOB_COMPLETION_INDEX", 0, nodes - 1);
        String job = host.endsWith("-" + index) ? host.substring(0, host.lastIndexOf('-') + 1) : "index-";
        List<String> others = new ArrayList<>();
        for (int other = 0; other < nodes; other++) {
            if (other != index) {
                others.add(job + other);
            }
        }
        return new EnginePlace("Kubernetes", index, nodes, 0, 1, ranks(variables, 1), job + index, others, "");
    }

    private static int ranks(Variables variables, int otherwise) {
        return variables.number(RANKS_VARIABLE, 1, MAX_RANKS, Math.min(otherwise, MAX_RANKS));
    }
}
