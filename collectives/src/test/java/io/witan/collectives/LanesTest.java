package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LanesTest {
    @Test
    void shouldCompleteManyOperationsInFlightOnBothLanes() {
        int operations = 60;
        Ranks.run(Topology.of(2, 1), group -> {
            List<MemorySegment> buffers = new ArrayList<>();
            List<Handle> handles = new ArrayList<>();
            for (int i = 0; i < operations; i++) {
                for (int lane = 0; lane < 2; lane++) {
                    MemorySegment buffer = Floats.of(Floats.rough(i * 10L + group.rank(), 1500 * lane + 100));
                    buffers.add(buffer);
                    handles.add(group.lane(lane).allReduce(buffer));
                }
            }
            handles.getLast().await();
            handles.get(handles.size() - 2).await();
            for (int i = 0; i < operations; i++) {
                for (int lane = 0; lane < 2; lane++) {
                    int count = 1500 * lane + 100;
                    assertThat(handles.get(2 * i + lane).isDone()).isTrue();
                    assertThat(Floats.read(buffers.get(2 * i + lane)))
                            .isEqualTo(Floats.sum(
                                    Floats.rough(i * 10L, count),
                                    Floats.rough(i * 10L + 1, count),
                                    Floats.rough(i * 10L + 2, count)));
                }
            }
            return null;
        });
    }

    /** Rank 0 starts its gather last, so the other lane can only move if the lanes are independent. */
    @Test
    void shouldExchangeTokensWhileParametersWait() {
        CountDownLatch hasLooked = new CountDownLatch(1);
        Ranks.run(Topology.of(2), group -> {
            Communicator parameters = group.lane(CommunicatorGroup.PARAMETERS);
            Communicator tokens = group.lane(CommunicatorGroup.TOKENS);
            MemorySegment big = Floats.room(500_000);
            Handle gather = group.rank() == 1 ? parameters.broadcast(big, 1) : null;
            for (int i = 0; i < 50; i++) {
                tokens.allReduce(Floats.of(1, 2)).await();
            }
            if (gather == null) {
                hasLooked.await();
                gather = parameters.broadcast(big, 1);
            } else {
                boolean isDone = gather.isDone();
                hasLooked.countDown();
                assertThat(isDone).isFalse();
            }
            tokens.barrier().await();
            gather.await();
            return null;
        });
    }

    @Test
    void shouldProgressOperationsThatNobodyWaitsFor() {
        Ranks.run(Topology.of(2), group -> {
            Handle handle = group.lane(1).allReduce(Floats.room(300_000));
            long endNs = System.nanoTime() + 20_000_000_000L;
            while (!handle.isDone() && System.nanoTime() - endNs < 0) {
                Thread.onSpinWait();
            }
            assertThat(handle.isDone()).isTrue();
            return null;
        });
    }

    @Test
    void shouldDoEverythingAlone() {
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            Communicator lane = group.lane(0);
            MemorySegment buffer = Floats.of(1, 2, 3);
            MemorySegment copy = Floats.room(3);
            assertThat(lane.allReduce(buffer).isDone()).isTrue();
            lane.barrier().await();
            lane.broadcast(buffer, 0).await();
            lane.allGather(buffer, copy).await();
            assertThat(Floats.read(copy)).containsExactly(1, 2, 3);
            lane.reduceScatterV(buffer, copy.fill((byte) 0), new long[] {12}).await();
            assertThat(Floats.read(copy)).containsExactly(1, 2, 3);
            lane.allToAllV(buffer, new long[] {12}, copy.fill((byte) 0), new long[] {12})
                    .await();
            assertThat(Floats.read(copy)).containsExactly(1, 2, 3);
            assertThat(lane.traffic()).isEqualTo(new Communicator.Traffic(0, 0, 0, 0, 0, 0, 0));
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("witan-collectives-solo"));
        }
    }

    @Test
    void shouldWorkOnHeapMemory() {
        Ranks.run(Topology.of(2), group -> {
            float[] values = Floats.rough(group.rank(), 3000);
            group.lane(0).allReduce(MemorySegment.ofArray(values)).await();
            assertThat(values).isEqualTo(Floats.sum(Floats.rough(0, 3000), Floats.rough(1, 3000)));
            return null;
        });
    }

    @Test
    void shouldReportScratchMemory() {
        Ranks.run(Topology.of(2), group -> {
            assertThat(group.scratchBytes()).isZero();
            group.lane(0).allReduce(Floats.room(10_000)).await();
            assertThat(group.scratchBytes()).isBetween(20_000L, 100_000L);
            return null;
        });
    }
}
