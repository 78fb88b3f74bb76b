package io.witan.runtime.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CollectiveException;
import io.witan.runtime.Ranks;
import io.witan.runtime.vault.ExpertVault;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fails after a vault was opened lets go of it, so that this process may open it once more. */
final class HalfOpenedVaultTest {
    private static final List<StateMemory.Region> REGIONS = List.of(new StateMemory.Region("dense.p", 256, false));
    private static final List<ParameterSpec> DECLARED =
            List.of(ParameterSpec.matrix("w", 4, 4, 0.1), ParameterSpec.expert("e", 4, 4, 0.1, 0, 0));

    @TempDir
    Path folder;

    /** A vault that the process has still locked would be refused after 5 s. */
    private void assertFree(int rank) {
        ExpertVault.open(folder, rank).close();
    }

    @Test
    void peersThatCannotReadItAreNoReasonToKeepIt() throws Exception {
        List<Boolean> done = Ranks.runOnNodes(Topology.of(2), 0, runtime -> {
            int rank = runtime.rank();
            VaultMemory.create(folder, rank, REGIONS, runtime.exchange()).close();
            runtime.group().close();
            assertThatThrownBy(() -> VaultMemory.create(folder, rank, REGIONS, runtime.exchange()))
                    .isInstanceOf(CollectiveException.class);
            assertFree(rank);
            assertThatThrownBy(() -> VaultMemory.open(folder, rank, REGIONS, runtime.exchange()))
                    .isInstanceOf(CollectiveException.class);
            assertFree(rank);
            return true;
        });
        assertThat(done).containsExactly(true, true);
    }

    @Test
    void stateThatCannotBeLaidOutClosesItsMemory() {
        Ranks.run(Topology.of(1), runtime -> {
            StateMemory.Factory torn =
                    (regions, exchange) -> new TornMemory(VaultMemory.create(folder, 0, regions, exchange));
            assertThatThrownBy(() -> TrainingState.allocate(DECLARED, new int[][] {{0}}, torn, runtime))
                    .hasMessage("torn");
            assertFree(0);
            return true;
        });
    }

    /** Has room, and does not find it. */
    private record TornMemory(StateMemory memory) implements StateMemory {
        @Override
        public MemorySegment segment(String key, int slot) {
            throw new IllegalStateException("torn");
        }

        @Override
        public int slotCount() {
            return memory.slotCount();
        }

        @Override
        public boolean keepsCommits() {
            return true;
        }

        @Override
        public void commit(long step, int slot, byte[] engineState) {
            memory.commit(step, slot, engineState);
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
