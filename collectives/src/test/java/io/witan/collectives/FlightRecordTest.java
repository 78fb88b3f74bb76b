package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.flight.FlightRecord;
import io.witan.collectives.flight.OperationState;
import io.witan.collectives.flight.RecordedOperation;
import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The records of ranks of which one stops, dies or calls something else, against what the test made it do. */
class FlightRecordTest {
    private static final int KEPT = 256;

    private static RecordedOperation last(FlightRecord record) {
        return record.operations().getLast();
    }

    @Test
    void shouldShowWhoDidNotArrive() {
        CountDownLatch failed = new CountDownLatch(2);
        InMemoryNetwork network =
                InMemoryNetwork.reliable(Topology.singleNode(3)).withDeadline(Duration.ofSeconds(4));
        List<FlightRecord> records = Ranks.run(network, group -> {
            Communicator lane = group.lane(CommunicatorGroup.TOKENS);
            for (int i = 0; i < 3; i++) {
                lane.barrier().await();
            }
            if (group.rank() == 2) {
                failed.await();
                return group.flightRecord();
            }
            lane.mark(7, 1);
            Handle stuck = lane.allReduce(Floats.of(1, 2, 3));
            try {
                stuck.await();
            } catch (CollectiveException verdict) {
                assertThat(group.flightRecord().verdict()).isEqualTo(verdict.getMessage());
            }
            failed.countDown();
            return group.flightRecord();
        });

        for (FlightRecord record : records.subList(0, 2)) {
            assertThat(record.worldSize()).isEqualTo(3);
            assertThat(record.lanes().get(CommunicatorGroup.TOKENS)).isEqualTo(new FlightRecord.Lane(4, 3));
            assertThat(record.operations()).hasSize(4);
            assertThat(record.operations().subList(0, 3)).allSatisfy(operation -> {
                assertThat(operation.operation()).isEqualTo("barrier");
                assertThat(operation.state()).isEqualTo(OperationState.DONE);
                assertThat(operation.waitsFor()).isEmpty();
            });
            assertThat(last(record).label()).isEqualTo("allReduce step=7 layer=1");
            assertThat(last(record).sequence()).isEqualTo(3);
            assertThat(last(record).extentBytes()).isEqualTo(12);
            assertThat(last(record).state()).isEqualTo(OperationState.STARTED);
            assertThat(last(record).waitsFor()).contains(2);
        }
        assertThat(records.get(2).lanes().get(CommunicatorGroup.TOKENS)).isEqualTo(new FlightRecord.Lane(3, 3));
    }

    @Test
    void shouldShowThatOneCalledAnotherOperation() {
        CyclicBarrier allPassed = new CyclicBarrier(3);
        CountDownLatch othersCalled = new CountDownLatch(2);
        List<FlightRecord> records = Ranks.run(InMemoryNetwork.reliable(Topology.singleNode(3)), group -> {
            Communicator lane = group.lane(CommunicatorGroup.GRADIENTS);
            lane.barrier().await();
            allPassed.await();
            lane.mark(4, -1);
            Handle handle;
            if (group.rank() == 1) {
                othersCalled.await();
                handle = lane.broadcast(Floats.of(1, 2), 1);
            } else {
                handle = lane.allReduce(Floats.of(1, 2));
                othersCalled.countDown();
            }
            try {
                handle.await();
            } catch (CollectiveException verdict) {
                assertThat(verdict.kind()).isEqualTo(CollectiveException.Kind.MISMATCH);
            }
            return group.flightRecord();
        });

        assertThat(records)
                .extracting(record -> last(record).label())
                .containsExactly("allReduce step=4", "broadcast step=4", "allReduce step=4");
        assertThat(records).allSatisfy(record -> {
            assertThat(last(record).lane()).isEqualTo(CommunicatorGroup.GRADIENTS);
            assertThat(last(record).sequence()).isEqualTo(1);
            assertThat(last(record).state()).isNotEqualTo(OperationState.DONE);
        });
    }

    @Test
    void shouldShowWhatWaitedBehindALostRank() {
        FaultPlan plan = FaultPlan.seeded(5).withDeath(1, 0);
        InMemoryNetwork network =
                InMemoryNetwork.faulty(Topology.singleNode(2), plan).withDeadline(Duration.ofSeconds(2));
        List<FlightRecord> records = Ranks.run(network, group -> {
            Communicator lane = group.lane(CommunicatorGroup.TOKENS);
            Handle first = lane.allReduce(Floats.of(1));
            Handle second = lane.barrier();
            for (Handle handle : List.of(first, second)) {
                try {
                    handle.await();
                } catch (CollectiveException verdict) {
                    assertThat(verdict.kind())
                            .isIn(
                                    CollectiveException.Kind.PEER_LOST,
                                    CollectiveException.Kind.TRANSPORT,
                                    CollectiveException.Kind.DEADLINE);
                }
            }
            return group.flightRecord();
        });

        List<RecordedOperation> operations = records.getFirst().operations();
        assertThat(operations).extracting(RecordedOperation::operation).containsExactly("allReduce", "barrier");
        assertThat(operations)
                .extracting(RecordedOperation::state)
                .containsExactly(OperationState.STARTED, OperationState.ENQUEUED);
        assertThat(operations.getFirst().waitsFor()).containsExactly(1);
        assertThat(operations.getLast().startedUs()).isEqualTo(RecordedOperation.NEVER);
    }

    @Test
    void shouldKeepTheLastOperations() {
        int called = KEPT + 44;
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            long beginUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
            for (int i = 0; i < called; i++) {
                group.lane(i % 2).mark(i, -1);
                group.lane(i % 2).barrier().await();
            }
            FlightRecord record = group.flightRecord();

            assertThat(record.verdict()).isEmpty();
            assertThat(record.lanes().subList(0, 2)).containsOnly(new FlightRecord.Lane(called / 2, called / 2));
            assertThat(record.operations())
                    .extracting(RecordedOperation::step)
                    .containsExactlyElementsOf(
                            LongStream.range(called - KEPT, called).boxed().toList());
            assertThat(record.operations()).allSatisfy(operation -> {
                assertThat(operation.state()).isEqualTo(OperationState.DONE);
                assertThat(operation.sequence()).isEqualTo(operation.step() / 2);
                assertThat(operation.enqueuedUs()).isBetween(beginUs, record.takenUs());
                assertThat(operation.doneUs()).isBetween(operation.startedUs(), record.takenUs());
            });
            RecordedOperation first = record.operations().getFirst();
            RecordedOperation later = record.shifted(5).operations().getFirst();
            assertThat(later.enqueuedUs()).isEqualTo(first.enqueuedUs() + 5);
            assertThat(later.doneUs()).isEqualTo(first.doneUs() + 5);
            assertThat(record.shifted(5).takenUs()).isEqualTo(record.takenUs() + 5);
        }
    }

    @Test
    void shouldCountWaitsThatTookTime() {
        CountDownLatch waiting = new CountDownLatch(1);
        List<Long> waitedNs = Ranks.run(InMemoryNetwork.reliable(Topology.singleNode(2)), group -> {
            Communicator lane = group.lane(CommunicatorGroup.TOKENS);
            long before = group.awaitedNs();
            if (group.rank() == 1) {
                waiting.await();
                Thread.sleep(200);
            }
            Handle barrier = lane.barrier();
            waiting.countDown();
            barrier.await();
            return group.awaitedNs() - before;
        });
        assertThat(waitedNs.getFirst()).isGreaterThan(waitedNs.getLast());
    }
}
