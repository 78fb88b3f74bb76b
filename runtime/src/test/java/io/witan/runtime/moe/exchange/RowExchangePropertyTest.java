package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.RowExchange;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Every way brings every row to its place, for any nodes and numbers of rows. */
class RowExchangePropertyTest {
    private static final int ROW_WORDS = 3;

    @Provide
    Arbitrary<int[]> nodes() {
        return Arbitraries.integers()
                .between(1, 3)
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(3);
    }

    @Property(tries = 60)
    void shouldBringEveryRowToItsPlace(@ForAll("nodes") int[] nodes, @ForAll long seed) {
        Topology topology = Topology.of(nodes);
        SplittableRandom random = new SplittableRandom(seed);
        int ranks = topology.rankCount();
        int[][] counts = new int[ranks][ranks];
        for (int[] row : counts) {
            Arrays.setAll(row, _ -> random.nextInt(3) == 0 ? 0 : random.nextInt(5));
        }

        List<Boolean> right = Ranks.run(topology, runtime -> {
            for (AllToAll way : AllToAll.values()) {
                SplittableRandom looks = new SplittableRandom(seed + runtime.rank());
                assertThat(exchanged(runtime, way, counts, looks))
                        .as("%s, rank %d", way, runtime.rank())
                        .isEqualTo(expected(runtime, counts));
                assertThat(exchanged(runtime, way, transposed(counts), looks))
                        .isEqualTo(expected(runtime, transposed(counts)));
            }
            return true;
        });

        assertThat(right).hasSize(ranks);
    }

    /** @param looks when this rank looks after its hops, which is another matter on each */
    private static int[] exchanged(RankRuntime runtime, AllToAll way, int[][] counts, SplittableRandom looks) {
        int rank = runtime.rank();
        int[] sent = new int[0];
        int received = 0;
        for (int r = 0; r < runtime.size(); r++) {
            sent = joined(sent, rows(rank, r, counts[rank][r]));
            received += counts[r][rank];
        }
        MemorySegment from = runtime.arena().hostInts(sent.length);
        MemorySegment.copy(sent, 0, from, JAVA_INT, 0, sent.length);
        MemorySegment to = runtime.arena().hostInts((long) received * ROW_WORDS);
        StepArena.Mark mark = runtime.arena().mark();
        RowExchange exchange = way.of(runtime, 0);
        RowExchange.Transit first = exchange.start(from, new Half(counts, rank, 0), to, ROW_WORDS * Integer.BYTES);
        if (looks.nextBoolean()) {
            first.poll();
        }
        RowExchange.Transit second = exchange.start(from, new Half(counts, rank, 1), to, ROW_WORDS * Integer.BYTES);
        if (looks.nextBoolean()) {
            second.advance();
        }
        first.await();
        for (int i = looks.nextInt(3); i > 0; i--) {
            second.poll();
        }
        second.await();
        assertThat(runtime.arena().mark()).as("nothing is kept").isEqualTo(mark);
        return to.toArray(JAVA_INT);
    }

    /** The first or second half of the rows of each pair, which lie side by side. */
    private record Half(int[][] counts, int rank, int half) implements RowExchange.Counts {
        private int begin(int source, int target) {
            return half == 0 ? 0 : counts[source][target] / 2;
        }

        @Override
        public int rows(int source, int target) {
            int first = counts[source][target] / 2;
            return half == 0 ? first : counts[source][target] - first;
        }

        @Override
        public int sentFrom(int target) {
            return IntStream.range(0, target).map(t -> counts[rank][t]).sum() + begin(rank, target);
        }

        @Override
        public int receivedFrom(int source) {
            return IntStream.range(0, source).map(s -> counts[s][rank]).sum() + begin(source, rank);
        }
    }

    private static int[] expected(RankRuntime runtime, int[][] counts) {
        int[] expected = new int[0];
        for (int s = 0; s < runtime.size(); s++) {
            expected = joined(expected, rows(s, runtime.rank(), counts[s][runtime.rank()]));
        }
        return expected;
    }

    /** Words that name source, target, row and place. */
    private static int[] rows(int source, int target, int count) {
        int[] words = new int[count * ROW_WORDS];
        Arrays.setAll(words, i -> ((source * 100 + target) * 100 + i / ROW_WORDS) * 10 + i % ROW_WORDS);
        return words;
    }

    private static int[] joined(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static int[][] transposed(int[][] counts) {
        int[][] turned = new int[counts.length][counts.length];
        for (int s = 0; s < counts.length; s++) {
            for (int t = 0; t < counts.length; t++) {
                turned[t][s] = counts[s][t];
            }
        }
        return turned;
    }
}
