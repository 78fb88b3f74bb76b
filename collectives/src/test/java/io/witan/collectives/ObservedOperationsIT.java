package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link ObservedOperationsTest}, over real drivers: two ranks of one node, and one of another. */
class ObservedOperationsIT {
    @RegisterExtension
    final AeronNodes nodes = new AeronNodes();

    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldTellOfEveryOperationOnceWithTimesInOrder(DataPath path) throws IOException {
        nodes.run(Topology.of(2, 1), path, group -> {
            ObservedOperations.check(group, 20);
            return null;
        });
    }
}
