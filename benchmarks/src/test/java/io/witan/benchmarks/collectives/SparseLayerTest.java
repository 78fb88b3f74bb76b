package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class SparseLayerTest {
    /** Four of sixteen experts on two ranks: two are new to each, two come back to each owner. */
    @Test
    void countsWhatThePlanMoves() {
        SparseLayer layer = SparseLayer.of(Topology.singleNode(2), new BenchOptions.Shape(0, 0.25, 16), 1600);
        assertThat(layer.chunkBytes()).isEqualTo(100);
        assertThat(layer.plannedBytes()).isEqualTo(400);
        assertThat(layer.mostReceived(BenchOp.SPARSE_ALL_GATHER)).isEqualTo(200);
        assertThat(layer.mostReceived(BenchOp.SPARSE_REDUCE_SCATTER)).isEqualTo(200);
    }

    /** Three experts, rank 0 owns two of them: rank 1 receives those, and rank 0 their gradients. */
    @Test
    void theBusiestRankCounts() {
        SparseLayer layer = SparseLayer.of(Topology.singleNode(2), new BenchOptions.Shape(0, 1, 3), 300);
        assertThat(layer.received(BenchOp.SPARSE_ALL_GATHER, 0)).isEqualTo(100);
        assertThat(layer.mostReceived(BenchOp.SPARSE_ALL_GATHER)).isEqualTo(200);
        assertThat(layer.received(BenchOp.SPARSE_ALL_GATHER_IN_PLACE, 0)).isEqualTo(100);
        assertThat(layer.received(BenchOp.SPARSE_REDUCE_SCATTER, 0)).isEqualTo(200);
        assertThat(layer.plannedBytes()).isEqualTo(300);
    }
}
