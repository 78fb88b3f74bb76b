package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.moe.RowExchange;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two messages of two nodes of two ranks: a row from each rank to each in both. */
class MessagesBetweenNodesTest {
    private static final Topology NODES = Topology.of(2, 2);
    private static final int RANKS = 4;

    private record Message(int number) implements RowExchange.Counts {
        @Override
        public int rows(int source, int target) {
            return 1;
        }

        @Override
        public int sentFrom(int target) {
            return number * RANKS + target;
        }

        @Override
        public int receivedFrom(int source) {
            return number * RANKS + source;
        }
    }

    /** Rank 3 starts its second message when the others have the first, which they can only have if its hops do not queue behind the second's. */
    @ParameterizedTest
    @EnumSource(
            value = AllToAll.class,
            names = {"FLAT", "TWO_LEVEL", "LEADER"})
    void shouldBringTheFirstWhileTheSecondIsHeldUp(AllToAll way) {
        CountDownLatch others = new CountDownLatch(RANKS - 1);
        List<int[]> received = Ranks.run(NODES, runtime -> {
            MemorySegment from = runtime.arena().hostInts(2 * RANKS);
            for (int i = 0; i < 2 * RANKS; i++) {
                from.setAtIndex(JAVA_INT, i, 10 * runtime.rank() + i);
            }
            MemorySegment to = runtime.arena().hostInts(2 * RANKS);
            RowExchange exchange = way.of(runtime, 0);
            RowExchange.Transit first = exchange.start(from, new Message(0), to, Integer.BYTES);
            RowExchange.Transit second = null;
            if (runtime.rank() < RANKS - 1) {
                second = exchange.start(from, new Message(1), to, Integer.BYTES);
                first.await();
                others.countDown();
            } else {
                first.await();
                assertThat(others.await(60, TimeUnit.SECONDS)).isTrue();
                second = exchange.start(from, new Message(1), to, Integer.BYTES);
            }
            second.await();
            return to.toArray(JAVA_INT);
        });

        for (int rank = 0; rank < RANKS; rank++) {
            for (int i = 0; i < 2 * RANKS; i++) {
                assertThat(received.get(rank)[i]).isEqualTo(10 * (i % RANKS) + i / RANKS * RANKS + rank);
            }
        }
    }
}
