package io.witan.models;

import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.train.recovery.PeerCopies;
import io.witan.runtime.vault.NodeMemory;
import io.witan.runtime.vault.VaultException;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run keeps its steps between checkpoints: made, opened and removed.
 *
 * @param out folder of the run; null: it keeps none
 * @param memory of this node, for vaults if the recipe names no folder for them; empty: they lie in the output folder
 */
record RunVaults(CheckpointConfig config, Path out, Optional<NodeMemory> memory) {
    private static final Logger LOG = LoggerFactory.getLogger(RunVaults.class);
    private static final String VAULT = "vault";

    boolean areKept() {
        return config.vault() && out != null;
    }

    /** Where those of all ranks lie, those of this node if each has a folder of its own. */
    VaultFolder folder() {
        return config.vaultFolder()
                .map(folder -> new VaultFolder(Path.of(folder).toAbsolutePath().resolve(runName())))
                .orElseGet(() -> new VaultFolder(
                        out.resolve(VAULT), config.vaultMemory() ? memory : memory.map(NodeMemory::toRead)));
    }

    /** The same on all nodes, as they see the output folder at the same path; another one for each output folder. */
    private String runName() {
        String path = out.toAbsolutePath().normalize().toString();
        return String.format(Locale.ROOT, "%s-%08x", out.getFileName(), path.hashCode());
    }

    /** Whether there may be some that this process does not see, as it sees none. */
    boolean mayBeElsewhere() {
        boolean isOfNodes =
                config.vaultFolder().isPresent() || folder().lostMemory().isPresent();
        return isOfNodes && folder().files().isEmpty();
    }

    /** Memory of a run that begins. */
    StateMemory.Factory create(int rank, int ranks) {
        return areKept() ? placed(rank, ranks, VaultMemory::create) : StateMemory::inPlace;
    }

    /**
     * Memory of a run that goes on.
     *
     * @param from output folder of the run, or what it goes on from instead
     * @param opened gets the vault in which the rank goes on, with what an earlier start on as many ranks left in it; not called if vaults
     *     do not count
     */
    StateMemory.Factory open(Path from, int rank, int ranks, Consumer<VaultMemory> opened) {
        if (!areKept() || !out.equals(from)) {
            return create(rank, ranks);
        }
        return placed(rank, ranks, (folder, ofRank, regions, exchange) -> {
            VaultMemory vault = VaultMemory.open(folder, ofRank, regions, exchange);
            opened.accept(vault);
            return vault;
        });
    }

    private interface Opening {
        VaultMemory in(Path folder, int rank, List<StateMemory.Region> regions, ExchangeMemory exchange);
    }

    /** Where it fits: what is free may be gone meanwhile. */
    private StateMemory.Factory placed(int rank, int ranks, Opening opening) {
        return (regions, exchange) -> {
            Path own = folder().own(ranks, rank, VaultMemory.bytes(regions));
            try {
                return opening.in(own, rank, regions, exchange);
            } catch (VaultException e) {
                Path onDisk = folder().of(VaultFile.Kind.OWN, ranks);
                if (e.reason() != VaultException.Reason.SPACE || own.equals(onDisk)) {
                    throw e;
                }
                LOG.info("the vault goes to the disk: {}", e.getMessage());
                return opening.in(onDisk, rank, regions, exchange);
            }
        };
    }

    /** Where the open one of a rank lies, for people. */
    String description(int rank, int ranks) {
        if (!areKept()) {
            return "none: what is killed goes on from its last checkpoint";
        }
        return folder().goesOnInMemory(ranks, rank) ? "in the node's memory" : "in " + folder().root();
    }

    /**
     * Copies, if the recipe wants them and there are ranks and experts for it; all ranks call it together.
     *
     * @param run as {@link io.witan.runtime.train.TrainingCheckpoint.Identity} tells it
     * @param spent vaults of earlier starts, removed when a copy is whole, or at once if none are made
     */
    Optional<PeerCopies> copies(RankRuntime runtime, TrainingState state, String run, List<VaultFile> spent) {
        int interval = config.peerCopySteps();
        boolean wanted = interval > 0 && areKept() && runtime.size() > 1 && state.moeLayerCount() > 0;
        if (!wanted) {
            // All ranks have taken up what they go on from.
            RankMessages.exchange(runtime, "");
            delete(spent);
            if (areKept()) {
                folder().deleteEmpty();
            }
            return Optional.empty();
        }
        return Optional.of(PeerCopies.start(runtime, state, folder(), run, interval, () -> deleteIfPossible(spent)));
    }

    /** In the middle of a run that needs nothing of them. */
    private void deleteIfPossible(List<VaultFile> spent) {
        try {
            delete(spent);
        } catch (VaultException e) {
            LOG.warn("vaults of an earlier start stay: {}", e.getMessage());
        }
    }

    private void delete(List<VaultFile> files) {
        files.forEach(file -> folder().delete(file));
    }

    /**
     * After the last step: removes a rank's, if there is one, the copies that it made, and what earlier starts left, as the last checkpoint has
     * all that they had.
     *
     * @param copies closed
     * @param spent by this rank's start
     */
    void deleteAll(int rank, int ranks, Optional<PeerCopies> copies, List<VaultFile> spent) {
        copies.ifPresent(made -> {
            folder().delete(VaultFile.Kind.KEPT, ranks, rank);
            made.sources().forEach(source -> folder().delete(VaultFile.Kind.PEER, ranks, source));
        });
        if (areKept()) {
            folder().delete(VaultFile.Kind.OWN, ranks, rank);
            delete(spent);
            // Other ranks may still have copies open that they made.
            delete(folder().files().stream()
                    .filter(left -> left.ranks() != ranks || left.kind() != VaultFile.Kind.OWN && copies.isEmpty())
                    .toList());
        }
        if (out != null && (!areKept() || config.vaultFolder().isPresent())) {
            VaultFolder earlier = new VaultFolder(out.resolve(VAULT), memory);
            earlier.files().stream().filter(VaultFile::inMemory).forEach(earlier::delete);
        }
    }

    /** Frees the memory of a rank's vault, of which a checkpoint has all, or which holds nothing. */
    void freeMemory(int rank, int ranks) {
        if (areKept()) {
            folder().freeMemory(ranks, rank);
        }
    }
}
