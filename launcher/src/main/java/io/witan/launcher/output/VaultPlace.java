package io.witan.launcher.output;

import io.witan.launcher.process.SharedMemory;
import io.witan.runtime.vault.NodeMemory;
import java.nio.file.Path;
import java.util.Optional;

/** The memory of this node in which a run keeps its vaults, found by its first start. */
public final class VaultPlace {
    private VaultPlace() {}

    /**
     * Empty if the output folder holds no run, or a copy of one.
     *
     * @param bytes most that the vault of one rank may take; 0 to look at what is there
     */
    public static Optional<NodeMemory> of(Path outputFolder, long bytes) {
        return OutputFolder.readJson(outputFolder, OutputFolder.RUN, RunRecord.class)
                .filter(run -> !run.starts().isEmpty())
                .map(run -> NodeMemory.of(
                        SharedMemory.parent(), run.starts().getFirst().runId(), outputFolder, bytes))
                .filter(NodeMemory::isOfRun);
    }
}
