package io.witan.launcher.output;

import io.witan.launcher.process.SharedMemory;
import io.witan.runtime.vault.NodeMemory;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.Optional;

/** The memory of this node in which a run keeps its vaults, found by its first start. */
public final class VaultPlace {
    /** Of what is free: the run itself needs memory too, and so may others. */
    private static final int PART = 4;

    private VaultPlace() {}

    /** That of a run, to look at; empty if the output folder holds no run, or the memory is not that run's. */
    public static Optional<NodeMemory> of(Path outputFolder) {
        return of(outputFolder, SharedMemory.parent());
    }

    static Optional<NodeMemory> of(Path outputFolder, Path parent) {
        return named(outputFolder, parent).filter(NodeMemory::isOfRun).map(NodeMemory::toRead);
    }

    private static Optional<NodeMemory> named(Path outputFolder, Path parent) {
        return OutputFolder.readJson(outputFolder, OutputFolder.RUN, RunRecord.class)
                .filter(run -> !run.starts().isEmpty())
                .map(run -> NodeMemory.of(parent, run.starts().getFirst().runId(), outputFolder, 0));
    }

    /**
     * That of a run which begins or goes on, for its ranks. In a run on several nodes none is in memory, as all nodes can read those in the
     * output folder when one is lost.
     *
     * @param sharedBytes most that a rank may take of the node's shared memory for what ranks exchange, which is half of what is free
     * @param freeBytes memory of the machine or container
     */
    public static Optional<NodeMemory> of(Path outputFolder, Topology topology, long sharedBytes, long freeBytes) {
        Optional<NodeMemory> memory = of(outputFolder);
        if (topology.nodeCount() > 1) {
            return memory;
        }
        long most = Math.min(2 * sharedBytes / PART, freeBytes / PART / topology.rankCount());
        return memory.map(found -> new NodeMemory(found.folder(), found.run(), most, false));
    }

    /** Whether a folder in memory is that of the run which an output folder holds now, and not of one whose place it has taken. */
    static boolean isOf(Path memory, Path outputFolder) {
        return named(outputFolder, memory.getParent())
                .filter(found -> found.folder().equals(memory))
                .isPresent();
    }
}
