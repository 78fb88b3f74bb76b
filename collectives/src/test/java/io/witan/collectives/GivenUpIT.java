package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A rank that shall leave does not wait for others, whatever it was waiting for. */
@Timeout(60)
final class GivenUpIT {
    @RegisterExtension
    final AeronNodes nodes = new AeronNodes();

    private GroupConfig config(Topology topology, int rank) {
        return nodes.config(
                topology, rank, List.of(), AeronNodes.DEADLINE, AeronNodes.CONFIG_HASH, DataPath.SHARED_MEMORY);
    }

    @Test
    void shouldFailWhatIsInFlightAndWhatFollows() throws Exception {
        Topology topology = Topology.of(3);
        AtomicBoolean lost = new AtomicBoolean();
        CountDownLatch others = new CountDownLatch(2);
        List<List<CollectiveException.Kind>> kinds = nodes.withDrivers(
                topology,
                () -> Ranks.run(
                        3, rank -> AeronGroups.connect(config(topology, rank).givenUpWhen(lost::get, false)), group -> {
                            if (group.rank() == 2) {
                                others.await();
                                lost.set(true);
                                return List.of();
                            }
                            others.countDown();
                            return List.of(failure(group, 0), failure(group, 1));
                        }));
        for (int rank = 0; rank < 2; rank++) {
            assertThat(kinds.get(rank))
                    .containsExactly(CollectiveException.Kind.CLOSED, CollectiveException.Kind.CLOSED);
        }
    }

    /** Of an operation that rank 2 does not take part in. */
    private static CollectiveException.Kind failure(CommunicatorGroup group, int lane) {
        return catchThrowableOfType(
                        CollectiveException.class,
                        () -> group.lane(lane).barrier().await())
                .kind();
    }

    @Test
    void shouldNotWaitForRanksThatHaveNotCome() throws Exception {
        Topology topology = Topology.of(2);
        AtomicInteger asked = new AtomicInteger();
        CollectiveException refused = nodes.withDrivers(
                topology,
                () -> catchThrowableOfType(
                        CollectiveException.class,
                        () -> AeronGroups.connect(
                                config(topology, 0).givenUpWhen(() -> asked.incrementAndGet() > 100, true))));
        assertThat(refused.kind()).isEqualTo(CollectiveException.Kind.CLOSED);
        assertThat(refused).hasMessage("rendezvous: this rank gave up");
    }
}
