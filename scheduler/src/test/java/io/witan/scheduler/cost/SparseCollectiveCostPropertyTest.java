package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SparseCollectiveCostPropertyTest {
    private static final long CHUNK_BYTES = 1000;

    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Property(tries = 600)
    void equalsTheFormulasOverThePlacements(@ForAll("layers") Worlds.Layer layer) {
        Topology topology = layer.topology();
        Placement wide = layer.wide();
        SparseCollectiveCost cost = SparseCollectiveCost.of(
                HierarchicalTransferPlanner.plan(topology, layer.owners(), wide, layer.load()), CHUNK_BYTES);

        assertThat(cost.totalBytes()).isEqualTo(wide.copyCount() * CHUNK_BYTES);
        for (int rank = 0; rank < topology.rankCount(); rank++) {
            int received = 0;
            for (int e = 0; e < wide.expertCount(); e++) {
                received += wide.holds(rank, e) && wide.owner(e) != rank ? 1 : 0;
            }
            assertThat(cost.bytesIntoRank(rank)).isEqualTo(received * CHUNK_BYTES);
        }
        long in = 0;
        long out = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            assertThat(cost.bytesIntoNode(node)).isEqualTo(foreignChunks(layer, node) * CHUNK_BYTES);
            in += cost.bytesIntoNode(node);
            out += cost.bytesOutOfNode(node);
        }
        assertThat(out).isEqualTo(in);
    }

    /** Chunks owned elsewhere that some rank of the node holds. */
    private static int foreignChunks(Worlds.Layer layer, int node) {
        int count = 0;
        for (int e = 0; e < layer.wide().expertCount(); e++) {
            boolean touches = false;
            for (int rank : layer.wide().holders(e)) {
                touches |= layer.topology().nodeOf(rank) == node;
            }
            count += touches && layer.topology().nodeOf(layer.wide().owner(e)) != node ? 1 : 0;
        }
        return count;
    }
}
