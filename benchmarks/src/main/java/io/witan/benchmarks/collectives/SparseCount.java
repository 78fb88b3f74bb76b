package io.witan.benchmarks.collectives;

import io.witan.collectives.Communicator;
import io.witan.collectives.Communicator.Traffic;

/** What one sparse operation moves, and the bound on its time (docs/measuring.md). One thread. */
final class SparseCount {
    private static final double SLACK = 1.15;
    private static final double SLACK_US = 20;

    private final BenchOptions options;
    private final Communicator lane;
    private final Agreement agreement;

    SparseCount(BenchOptions options, Communicator lane, Agreement agreement) {
        this.options = options;
        this.lane = lane;
        this.agreement = agreement;
    }

    /**
     * Runs it once.
     *
     * @param medianUs its time
     * @param denseTimesNs of the dense operation; empty: not timed; sorted by this
     */
    BenchRow.Sparse of(Workload work, double medianUs, long[] denseTimesNs) {
        BenchOp op = work.values().op();
        SparseLayer layer = SparseLayer.of(lane.topology(), options.shape(), work.bytes());
        lane.barrier().await();
        Traffic before = lane.traffic();
        work.run();
        Traffic after = lane.traffic();
        long moved = agreement.sum(moved(op, after) - moved(op, before));
        long inPlace = agreement.sum(after.inPlaceBytes() - before.inPlaceBytes());
        double s = share(op, layer);
        Double denseUs = denseTimesNs.length == 0 ? null : BenchRow.quantilesUs(denseTimesNs)[0];
        Double boundUs = denseUs == null ? null : SLACK * s * denseUs + SLACK_US;
        Boolean within = boundUs == null ? null : medianUs <= boundUs;
        return new BenchRow.Sparse(layer.plannedBytes(), moved, inPlace, s, denseUs, boundUs, within);
    }

    /** Each rank receives all parts but its own in the dense operation. */
    private double share(BenchOp op, SparseLayer layer) {
        long size = Workloads.roundedBytes(op.dense(), layer.chunkBytes() * layer.experts(), options);
        double dense = size * (lane.size() - 1.0) / lane.size();
        return dense == 0 ? 0 : layer.mostReceived(op) / dense;
    }

    private static long moved(BenchOp op, Traffic traffic) {
        return op.reduces() ? traffic.sparseReduceScatterBytes() : traffic.sparseAllGatherBytes();
    }
}
