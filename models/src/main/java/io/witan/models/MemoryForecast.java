package io.witan.models;

import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryPlan;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.StepRoom;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Memory of the rank that will need most.
 *
 * @param firstStep by layer, where experts are in the step before which no loads are known: what it takes of the step's memory is kept
 * @param perSource by layer and expert, assignments of one rank's tokens
 */
record MemoryForecast(
        StepExperts experts,
        List<Placement> firstStep,
        RankBatch batch,
        int vocabulary,
        long denseBytes,
        double[][] perSource) {
    /** Where the router chooses, loads are never quite even: rows that a rank has to expect over its share. */
    private static final double UNPREDICTED = 1.2;

    /** @param measured of one rank alone */
    MemoryParts ofFullestRank(MemoryReport measured, long ringBytes) {
        MemoryPlan.Measured parts = new MemoryPlan.Measured(
                measured.parts().scratch(), measured.parts().jvm(), ringBytes);
        Topology topology = experts.topology();
        double[][] received = received(experts.wide());
        double[][] receivedFirst = received(firstStep);
        MemoryParts fullest = null;
        for (int rank = 0; rank < topology.rankCount(); rank++) {
            StepRoom.Batch later = batch(received, rank);
            StepRoom.Batch first = batch(receivedFirst, rank);
            StepRoom.Batch larger = StepRoom.bytes(first) > StepRoom.bytes(later) ? first : later;
            MemoryParts here = MemoryPlan.parts(experts.of(rank, denseBytes), experts.peersOf(rank), larger, parts);
            fullest = fullest == null || here.sum() > fullest.sum() ? here : fullest;
        }
        return fullest;
    }

    private StepRoom.Batch batch(double[][] received, int rank) {
        List<Long> rows = new ArrayList<>();
        for (double[] layer : received) {
            rows.add(Math.round(layer[rank]));
        }
        return batch.receiving(rows, vocabulary);
    }

    /** By layer and rank. */
    private double[][] received(List<Placement> wide) {
        LoadForecast loads = new LoadForecast(experts.topology());
        boolean imposed = experts.recipe().imposedRouting().isPresent();
        double least = imposed ? 0 : UNPREDICTED * batch.assignments();
        double[][] received = new double[perSource.length][];
        for (int l = 0; l < received.length; l++) {
            received[l] = Arrays.stream(loads.received(wide.get(l), perSource[l]))
                    .map(rows -> Math.max(rows, least))
                    .toArray();
        }
        return received;
    }

    /** Of the parts, what a layer adds; the same for all. */
    long[] layerBytes(MemoryParts parts) {
        long[] bytes = new long[perSource.length];
        long state = parts.parameters()
                + parts.gradients()
                + parts.optimizer()
                - (3L * experts.stateSlots() + 1) * denseBytes;
        Arrays.fill(bytes, (state + parts.activations()) / bytes.length);
        return bytes;
    }
}
