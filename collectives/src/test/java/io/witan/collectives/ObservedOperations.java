package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operations on all lanes, and whether what an observer is told of them is right. */
final class ObservedOperations {
    private static final int FLOATS = 5000;

    private ObservedOperations() {}

    /** Starts operations on every lane before it waits for any, and compares what is told with what was called. */
    static void check(CommunicatorGroup group, int rounds) {
        List<CompletedOperation> told = new ArrayList<>();
        group.observe(told::add);
        long beginNs = System.nanoTime();
        List<Handle> handles = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (int lane = 0; lane < group.laneCount(); lane++) {
                Communicator communicator = group.lane(lane);
                communicator.mark(100 + round, lane);
                handles.add(communicator.allReduce(Floats.room(FLOATS * (lane + 1))));
                handles.add(communicator.barrier());
                handles.add(allToAll(communicator));
            }
        }
        handles.forEach(Handle::await);
        long endNs = System.nanoTime();

        assertThat(told).hasSize(rounds * group.laneCount() * 3);
        for (int lane = 0; lane < group.laneCount(); lane++) {
            int own = lane;
            List<CompletedOperation> ofLane =
                    told.stream().filter(operation -> operation.lane() == own).toList();
            assertOrder(ofLane, lane, rounds, beginNs, endNs);
            assertThat(ofLane.stream().mapToLong(CompletedOperation::sentBytes).sum())
                    .isEqualTo(group.lane(lane).traffic().sentBytes());
        }
        if (group.topology().rankCount() > 1) {
            assertThat(told)
                    .filteredOn(operation -> !operation.operation().equals("barrier"))
                    .allMatch(operation -> operation.sentBytes() > 0);
        }
    }

    private static Handle allToAll(Communicator lane) {
        long[] bytes = new long[lane.size()];
        Arrays.fill(bytes, 64);
        return lane.allToAllV(Floats.bytes(64L * lane.size()), bytes, Floats.bytes(64L * lane.size()), bytes);
    }

    private static void assertOrder(List<CompletedOperation> told, int lane, int rounds, long beginNs, long endNs) {
        String[] names = {"allReduce", "barrier", "allToAllV"};
        long before = beginNs;
        for (int i = 0; i < 3 * rounds; i++) {
            CompletedOperation operation = told.get(i);
            assertThat(operation.operation()).isEqualTo(names[i % 3]);
            assertThat(operation.step()).isEqualTo(100 + i / 3);
            assertThat(operation.layer()).isEqualTo(lane);
            assertThat(operation.submittedNs() - beginNs).isNotNegative();
            assertThat(operation.startedNs() - operation.submittedNs()).isNotNegative();
            assertThat(operation.doneNs() - operation.startedNs()).isNotNegative();
            assertThat(operation.startedNs() - before).as("one at a time").isNotNegative();
            before = operation.doneNs();
        }
        assertThat(endNs - before).isNotNegative();
    }
}
