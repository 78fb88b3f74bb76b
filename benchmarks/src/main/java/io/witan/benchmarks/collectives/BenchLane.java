package io.witan.benchmarks.collectives;

import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The lane of a group that operations, and the barriers before them, are timed on. */
enum BenchLane {
    TOKENS(CommunicatorGroup.TOKENS),
    NODE(CommunicatorGroup.NODE),
    PARAMETERS(CommunicatorGroup.PARAMETERS),
    GRADIENTS(CommunicatorGroup.GRADIENTS);

    private final int index;

    BenchLane(int index) {
        this.index = index;
    }

    /** @throws IllegalArgumentException which lists the names, if there is no such lane */
    static BenchLane of(String label) {
        return Arrays.stream(values())
                .filter(lane -> lane.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--lane " + label + ": allowed are "
                        + Arrays.stream(values()).map(BenchLane::label).collect(Collectors.joining(", "))));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    Communicator in(CommunicatorGroup group) {
        return group.lane(index);
    }
}
