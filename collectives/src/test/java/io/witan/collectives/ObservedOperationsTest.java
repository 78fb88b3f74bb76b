package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** {@link CommunicatorGroup#observe} tells of every operation once, with times that fit what the callers saw. */
class ObservedOperationsTest {
    private static final int ROUNDS = 20;

    @Test
    void shouldTellOfEveryOperationOnceWithTimesInOrder() {
        Ranks.run(Topology.of(2, 1), group -> {
            ObservedOperations.check(group, ROUNDS);
            return null;
        });
    }

    @Test
    void shouldTellOfOperationsOfOneRank() {
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            ObservedOperations.check(group, 3);
        }
    }

    /** Rank 0 starts late: on rank 1 the operation is first in line long before it ends, and the next one waits behind it. */
    @Test
    void shouldTellWhenAnOperationWasFirstInLineAndWhenItEnded() {
        CountDownLatch submitted = new CountDownLatch(1);
        Ranks.run(Topology.of(2), group -> {
            List<CompletedOperation> told = new ArrayList<>();
            group.observe(told::add);
            Communicator lane = group.lane(CommunicatorGroup.TOKENS);
            if (group.rank() == 0) {
                submitted.await();
                long begunNs = System.nanoTime();
                lane.barrier();
                lane.barrier().await();
                assertThat(told.getFirst().submittedNs() - begunNs).isNotNegative();
                return null;
            }
            lane.barrier();
            Handle second = lane.barrier();
            long bothNs = System.nanoTime();
            submitted.countDown();
            second.await();
            assertThat(told).hasSize(2);
            assertThat(told.get(0).startedNs() - bothNs).isNotPositive();
            assertThat(told.get(0).doneNs() - bothNs).isPositive();
            assertThat(told.get(1).submittedNs() - bothNs).isNotPositive();
            assertThat(told.get(1).startedNs() - told.get(0).doneNs()).isNotNegative();
            return null;
        });
    }

    @Test
    void shouldTellNothingAfterTheObservationEnds() {
        Ranks.run(Topology.of(2), group -> {
            List<CompletedOperation> told = new ArrayList<>();
            group.lane(0).barrier().await();
            group.observe(told::add);
            group.lane(0).barrier().await();
            group.endObservation();
            group.lane(0).barrier().await();
            assertThat(told).hasSize(1);
            return null;
        });
    }

    @Test
    void shouldDoWithoutAnObserverThatThrows() {
        Ranks.run(Topology.of(2), group -> {
            List<CompletedOperation> told = new ArrayList<>();
            group.observe(operation -> {
                told.add(operation);
                throw new IllegalStateException("not mine");
            });
            for (int i = 0; i < 3; i++) {
                assertThat(Floats.read(sum(group, CommunicatorGroup.TOKENS))).containsExactly(2, 4);
                assertThat(Floats.read(sum(group, CommunicatorGroup.PARAMETERS)))
                        .containsExactly(2, 4);
            }
            assertThat(told)
                    .extracting(CompletedOperation::lane)
                    .containsExactly(CommunicatorGroup.TOKENS, CommunicatorGroup.PARAMETERS);
            return null;
        });
    }

    private static MemorySegment sum(CommunicatorGroup group, int lane) {
        MemorySegment buffer = Floats.of(1, 2);
        group.lane(lane).allReduce(buffer).await();
        return buffer;
    }

    @Test
    void shouldNotTellOfAnOperationThatFails() {
        InMemoryNetwork network = InMemoryNetwork.reliable(Topology.of(2)).withDeadline(Duration.ofSeconds(3));
        Ranks.run(network, group -> {
            List<CompletedOperation> told = new ArrayList<>();
            group.observe(told::add);
            group.lane(0).barrier().await();
            if (group.rank() == 1) {
                Handle alone = group.lane(0).allReduce(Floats.of(1));
                assertThatThrownBy(alone::await).isInstanceOf(CollectiveException.class);
            } else {
                assertThatThrownBy(() -> group.lane(1).barrier().await()).isInstanceOf(CollectiveException.class);
            }
            assertThat(told).hasSize(1);
            return null;
        });
    }
}
