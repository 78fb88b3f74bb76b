package io.witan.runtime.state;

import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.VaultException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** State in the two slots of an {@link ExpertVault}: a step that was committed outlives the process. */
public final class VaultMemory implements StateMemory {
    private static final Logger LOG = LoggerFactory.getLogger(VaultMemory.class);

    private static final Set<VaultException.Reason> REPLACEABLE =
            EnumSet.of(VaultException.Reason.ABSENT, VaultException.Reason.GEOMETRY, VaultException.Reason.CORRUPT);

    private final ExpertVault vault;
    private final String report;
    private boolean holdsStep;

    private VaultMemory(ExpertVault vault, String report) {
        this.vault = vault;
        this.report = report;
        this.holdsStep = !vault.recovered().isEmpty();
    }

    /** Peers on the node read experts in either slot, whichever is active. Closes the vault if they cannot. */
    private static VaultMemory lent(ExpertVault vault, String report, ExchangeMemory exchange) {
        try {
            exchange.register(vault.stateFile(), vault.mapping());
            return new VaultMemory(vault, report);
        } catch (RuntimeException | Error e) {
            vault.close();
            throw e;
        }
    }

    /** Bytes of files that a vault of these regions takes, from above. */
    public static long bytes(List<Region> regions) {
        return ExpertVault.bytes(entries(regions));
    }

    /** An empty vault, in place of one that may be there. */
    public static VaultMemory create(Path folder, int rank, List<Region> regions, ExchangeMemory exchange) {
        return create(folder, rank, regions, exchange, "is new");
    }

    private static VaultMemory create(
            Path folder, int rank, List<Region> regions, ExchangeMemory exchange, String report) {
        return lent(ExpertVault.create(folder, rank, entries(regions)), report, exchange);
    }

    /** The rank's vault with what it holds; an empty one if there is none that fits these regions. */
    public static VaultMemory open(Path folder, int rank, List<Region> regions, ExchangeMemory exchange) {
        try {
            ExpertVault vault = ExpertVault.open(folder, rank, entries(regions));
            LOG.info("{}", vault.report());
            return lent(vault, vault.report(), exchange);
        } catch (VaultException e) {
            if (!REPLACEABLE.contains(e.reason())) {
                throw e;
            }
            LOG.info("no state is taken from the vault: {}", e.getMessage());
            return create(folder, rank, regions, exchange, e.getMessage());
        }
    }

    private static List<ExpertVault.Entry> entries(List<Region> regions) {
        return regions.stream()
                .map(region -> new ExpertVault.Entry(region.key(), region.bytes()))
                .toList();
    }

    /** Whole steps found at opening, newest first. */
    public List<ExpertVault.RecoveredStep> recovered() {
        return vault.recovered();
    }

    /** What was found at opening, or why nothing was, in one line. */
    public String report() {
        return report;
    }

    @Override
    public MemorySegment segment(String key, int slot) {
        return vault.segment(key, slot);
    }

    @Override
    public int slotCount() {
        return 2;
    }

    @Override
    public boolean keepsCommits() {
        return true;
    }

    @Override
    public boolean holdsStep() {
        return holdsStep;
    }

    @Override
    public void written(String key, int slot, int checksum) {
        vault.written(key, slot, checksum);
    }

    @Override
    public void commit(long step, int slot, byte[] engineState) {
        vault.commit(step, slot, engineState);
        holdsStep = true;
    }

    @Override
    public void close() {
        vault.close();
    }
}
