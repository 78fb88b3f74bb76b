package io.witan.benchmarks.collectives;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The layer of the sparse operations: owners round-robin; the first experts are copied to all ranks, so that owners have
 * equally many of them.
 *
 * @param chunkBytes of an expert
 */
record SparseLayer(TransferPlan plan, int experts, int copied, long chunkBytes) {
    /** @param bytes of all experts, a whole number of elements each */
    static SparseLayer of(Topology topology, BenchOptions.Shape shape, long bytes) {
        int ranks = topology.rankCount();
        int copied = shape.materialised();
        Placement narrow = Placement.ofOwners(
                IntStream.range(0, shape.experts()).map(e -> e % ranks).toArray(), ranks);
        int[][] everywhere = new int[copied][];
        Arrays.fill(everywhere, IntStream.range(0, ranks).toArray());
        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, narrow.with(everywhere), null);
        return new SparseLayer(plan, shape.experts(), copied, bytes / shape.experts());
    }

    /** Bytes that the plan moves, over all ranks. */
    long plannedBytes() {
        return plan.chunkCount() * chunkBytes;
    }

    /** Bytes that a rank receives from others. */
    long received(BenchOp op, int rank) {
        int chunks = op.reduces() ? plan.chunksOutOf(rank) : plan.chunksInto(rank);
        return chunks * chunkBytes;
    }

    /** The most that a rank receives from others. */
    long mostReceived(BenchOp op) {
        return IntStream.range(0, plan.topology().rankCount())
                .mapToLong(rank -> received(op, rank))
                .max()
                .orElse(0);
    }
}
