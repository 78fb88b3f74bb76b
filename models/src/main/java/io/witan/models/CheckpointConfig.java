package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.Optional;

/** Section {@code checkpoint} of a recipe. */
public record CheckpointConfig(
        @Doc("steps between checkpoints besides the last, 0 for none") @Default("0") @Range(min = 0) int interval,
        @Doc("newest checkpoints kept") @Default("2") @Range(min = 1) int keep,
        @Doc("keep every step's state in two mapped slots, so that a killed run goes on from its last step")
                @Default("true")
                boolean vault,
        @Doc(
                        "if one node has all ranks, keep their vaults in its memory if it has some to spare; false: always in a folder, which"
                                + " outlives the machine too")
                @Default("true")
                boolean vaultMemory,
        @Doc(
                        "folder on each node's own disk, or in its memory, for the vaults; runs do not share it; not set: vault in the output"
                                + " folder, which all nodes see, for those that are not in memory")
                Optional<String> vaultFolder,
        @Doc("steps between copies of each rank's vault on another node, or with one node on another rank; 0 for none")
                @Default("0")
                @Range(min = 0)
                int peerCopySteps,
        @Doc(
                        "output folder of a run, its checkpoints folder, or one checkpoint, with whose parameters training begins; not"
                                + " set: with those of model.init")
                Optional<String> initFrom) {
    /** Refuses copies of what is not there. */
    public CheckpointConfig {
        if (peerCopySteps > 0 && !vault) {
            throw new IllegalArgumentException("checkpoint.peer_copy_steps " + peerCopySteps
                    + " needs checkpoint.vault true, as vaults are what is copied");
        }
    }
}
