package io.witan.runtime.moe;

import static io.witan.runtime.moe.SmallLayer.CONFIG;
import static io.witan.runtime.moe.SmallLayer.D;
import static io.witan.runtime.moe.SmallLayer.E;
import static io.witan.runtime.moe.SmallLayer.F;
import static io.witan.runtime.moe.SmallLayer.TOKENS;
import static io.witan.runtime.moe.SmallLayer.forwardBackward;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.memory.MergedRoom;
import io.witan.runtime.moe.SmallLayer.Outcome;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.moe.order.EinsumOrder;
import io.witan.scheduler.dispatch.DispatchRule;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What crosses between two nodes of two ranks when a token goes there once; expert e is on rank e. */
class DeduplicatedExchangeTest {
    private static final Topology NODES = Topology.of(2, 2);
    private static final long ROW_BYTES = D * (long) Float.BYTES;
    /** Number and weight of a row ahead of dispatch, and the weight's gradient. */
    private static final long BESIDE_A_ROW = Integer.BYTES + 2L * Float.BYTES;

    /** @param experts of each token of a rank, K each */
    private record Ran(Outcome outcome, int[] experts) {}

    private static List<Ran> run(AllToAll way, int topK, PipelineDegrees degrees) {
        MoeConfig config = new MoeConfig(D, F, E, topK, Activation.SWIGLU, Weights.RENORMALISED, 0.1, 0.01);
        return Ranks.run(NODES, runtime -> {
            int[][] experts = new int[1][];
            Outcome outcome = forwardBackward(
                    runtime, config, parts -> watched(runtime, parts, way, experts), (_, x) -> x, degrees);
            return new Ran(outcome, experts[0]);
        });
    }

    private static MoeParts watched(RankRuntime runtime, MoeParts parts, AllToAll way, int[][] experts) {
        Gate gate = (x, tokens, pass, context, arena) -> {
            Routed routed = parts.gate().route(x, tokens, pass, context, arena);
            experts[0] = routed.expert().toArray(JAVA_INT);
            return routed;
        };
        return new MoeParts(
                gate,
                parts.order(),
                parts.dispatch(),
                way.of(runtime, SmallLayer.LAYER),
                parts.experts(),
                parts.shared(),
                parts.hooks());
    }

    /** Assignments of a rank's tokens to the other node, and tokens that have one. */
    private record Leaving(long assignments, long tokens) {
        static Leaving of(int rank, int[] experts) {
            int other = 1 - rank / 2;
            return new Leaving(
                    DeduplicatedExchangeTest.assignments(experts, other),
                    DeduplicatedExchangeTest.tokens(experts, other));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "3, 1, 1", "2, 2, 4", "3, 3, 1"})
    void shouldSendATokenToANodeOnce(int topK, int forward, int backward) {
        List<Ran> flat = run(AllToAll.FLAT, topK, PipelineDegrees.SERIAL);
        List<Ran> merged = run(AllToAll.DEDUPLICATED, topK, new PipelineDegrees(forward, backward));

        long assignments = 0;
        long tokens = 0;
        for (int rank = 0; rank < merged.size(); rank++) {
            Leaving leaving = Leaving.of(rank, merged.get(rank).experts());
            assignments += leaving.assignments();
            tokens += leaving.tokens();
        }
        assertThat(crossed(flat)).isEqualTo(4 * assignments * ROW_BYTES);
        assertThat(crossed(merged)).isEqualTo(4 * tokens * ROW_BYTES + assignments * BESIDE_A_ROW);
        assertThat(tokens).isPositive();
        if (topK == 1) {
            assertThat(tokens).isEqualTo(assignments);
        } else {
            assertThat(tokens).isLessThan(assignments);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "3, 1, 1", "2, 2, 4"})
    void shouldTakeTheRoomThatIsCounted(int topK, int forward, int backward) {
        PipelineDegrees degrees = new PipelineDegrees(forward, backward);
        List<Ran> flat = run(AllToAll.FLAT, topK, degrees);
        List<Ran> merged = run(AllToAll.DEDUPLICATED, topK, degrees);

        for (int rank = 0; rank < merged.size(); rank++) {
            MergedRoom room = room(rank, merged, topK);
            long straight = TOKENS * topK * ROW_BYTES + 63 & -64;
            assertThat(merged.get(rank).outcome().kept()
                            - flat.get(rank).outcome().kept())
                    .isEqualTo(room.keptBytes() - straight);
            assertThat(merged.get(rank).outcome().added()
                            - flat.get(rank).outcome().added())
                    .isEqualTo(room.backwardBytes() - straight);
        }
    }

    /** By the experts that all ranks chose; a rank relays for itself and for the rank of the other node that has its place. */
    private static MergedRoom room(int rank, List<Ran> ranks, int topK) {
        int[] sources = {rank, (rank + 2) % 4};
        long relayed = 0;
        long merged = 0;
        for (int source : sources) {
            relayed += assignments(ranks.get(source).experts(), rank / 2);
            merged += tokens(ranks.get(source).experts(), rank / 2);
        }
        int[] own = ranks.get(rank).experts();
        long received = ranks.stream()
                .flatMapToInt(ran -> IntStream.of(ran.experts()))
                .filter(e -> e == rank)
                .count();
        return new MergedRoom(
                TOKENS,
                own.length,
                received,
                tokens(own, 0) + tokens(own, 1),
                Math.min(topK, 2),
                merged,
                relayed,
                topK,
                D);
    }

    private static long assignments(int[] experts, int node) {
        return IntStream.of(experts).filter(e -> e / 2 == node).count();
    }

    /** That have an expert of the node. */
    private static long tokens(int[] experts, int node) {
        int choices = experts.length / TOKENS;
        return IntStream.range(0, TOKENS)
                .filter(t -> IntStream.range(0, choices).anyMatch(k -> experts[t * choices + k] / 2 == node))
                .count();
    }

    private static long crossed(List<Ran> ranks) {
        return ranks.stream().mapToLong(ran -> ran.outcome().crossed()).sum();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "3, 1, 1", "2, 2, 4", "3, 3, 1"})
    void shouldComputeWhatTheStraightWayDoes(int topK, int forward, int backward) {
        List<Ran> flat = run(AllToAll.FLAT, topK, PipelineDegrees.SERIAL);
        List<Ran> merged = run(AllToAll.DEDUPLICATED, topK, new PipelineDegrees(forward, backward));

        for (int rank = 0; rank < flat.size(); rank++) {
            assertClose(
                    merged.get(rank).outcome().out(), flat.get(rank).outcome().out());
            assertClose(
                    merged.get(rank).outcome().dx(), flat.get(rank).outcome().dx());
        }
    }

    /** As with a device. */
    @Test
    void shouldComputeTheSameBitsWhereKernelsHaveTheirOwnMemory() {
        List<Outcome> apart = Ranks.run(NODES, runtime -> {
            try (ApartKernels kernels = new ApartKernels(runtime.kernels());
                    StepArena arena = new StepArena(
                            kernels.memory(), runtime.hostKernels().memory(), 1 << 20)) {
                return merged(
                        new RankRuntime(kernels, runtime.hostKernels(), runtime.group(), arena, runtime.exchange()));
            }
        });
        List<Outcome> together = Ranks.run(NODES, DeduplicatedExchangeTest::merged);

        for (int rank = 0; rank < apart.size(); rank++) {
            assertThat(apart.get(rank).out()).isEqualTo(together.get(rank).out());
            assertThat(apart.get(rank).dx()).isEqualTo(together.get(rank).dx());
        }
    }

    private static Outcome merged(RankRuntime runtime) {
        return forwardBackward(
                runtime,
                CONFIG,
                parts -> parts.withExchange(AllToAll.DEDUPLICATED.of(runtime, SmallLayer.LAYER)),
                (_, x) -> x,
                PipelineDegrees.SERIAL);
    }

    private static void assertClose(float[] actual, float[] expected) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isPositive();
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-5 * largest));
        }
    }

    @Test
    void shouldShowHooksARowForEachTokenAndNode() {
        List<Boolean> right = Ranks.run(NODES, runtime -> {
            int[] seen = new int[MoeHook.Point.values().length];
            MoeHook counting = new MoeHook() {
                @Override
                public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                    seen[point.ordinal()] = rows.count();
                    return rows;
                }
            };
            int[][] experts = new int[1][];
            forwardBackward(
                    runtime,
                    CONFIG,
                    parts -> watched(runtime, parts, AllToAll.DEDUPLICATED, experts)
                            .withHooks(List.of(counting)),
                    (_, x) -> x,
                    PipelineDegrees.SERIAL);
            long rows = Leaving.of(runtime.rank(), experts[0]).tokens()
                    + Leaving.of((runtime.rank() + 2) % 4, experts[0]).tokens();
            assertThat(seen[MoeHook.Point.BEFORE_DISPATCH.ordinal()]).isEqualTo((int) rows);
            assertThat(seen[MoeHook.Point.AFTER_COMBINE.ordinal()]).isEqualTo((int) rows);
            return true;
        });

        assertThat(right).hasSize(4);
    }

    /** Rank 3 tells what the others need only when they have made their rows. */
    @Test
    void shouldMakeRowsWhileTheOthersTellOfTheirs() {
        CountDownLatch made = new CountDownLatch(3);
        MoeHook seeing = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                if (point == Point.BEFORE_DISPATCH) {
                    made.countDown();
                }
                return rows;
            }
        };
        List<Outcome> outcomes = Ranks.run(
                NODES,
                runtime -> forwardBackward(
                        runtime,
                        CONFIG,
                        parts -> {
                            MoeParts merged = parts.withExchange(AllToAll.DEDUPLICATED.of(runtime, SmallLayer.LAYER));
                            return runtime.rank() == 3
                                    ? merged.withDispatch(after(made, parts.dispatch()))
                                    : merged.withHooks(List.of(seeing));
                        },
                        (_, x) -> x,
                        PipelineDegrees.SERIAL));

        assertThat(outcomes).hasSize(4);
    }

    private static DispatchRule after(CountDownLatch made, DispatchRule rule) {
        return (topology, placement, counts) -> {
            try {
                assertThat(made.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return rule.plan(topology, placement, counts);
        };
    }

    @Test
    void shouldRefuseRowsThatCannotBeAddedUp() {
        MoeHook shortening = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                return point == Point.BEFORE_DISPATCH ? rows.with(rows.data(), rows.rowBytes() / 2) : rows;
            }
        };

        assertThat(refusal((runtime, parts) -> parts.withExchange(AllToAll.DEDUPLICATED.of(runtime, SmallLayer.LAYER))
                        .withHooks(List.of(shortening))))
                .hasMessage("layer 1, hooks at BEFORE_DISPATCH, rank 0: rows have 16 bytes, allowed are 32, as they are"
                        + " added up on their way");
    }

    @Test
    void shouldRefuseOrdersWhoseRowsMayBeOthers() {
        assertThat(refusal((runtime, parts) -> parts.withExchange(AllToAll.DEDUPLICATED.of(runtime, SmallLayer.LAYER))
                        .withOrder(new EinsumOrder(runtime.kernels(), runtime.arena(), D))))
                .hasMessage("layer 1, exchange DeduplicatedExchange, rank 0: order EinsumOrder, allowed is SortOrder,"
                        + " whose rows are copies of tokens");
    }

    private interface Change {
        MoeParts of(RankRuntime runtime, MoeParts parts);
    }

    private static Throwable refusal(Change change) {
        List<Throwable> thrown = Ranks.run(
                NODES,
                runtime -> catchThrowable(() -> forwardBackward(
                        runtime, CONFIG, parts -> change.of(runtime, parts), (_, x) -> x, PipelineDegrees.SERIAL)));
        assertThat(thrown).hasSize(4).allSatisfy(refusal -> assertThat(refusal).isInstanceOf(MoeLayerException.class));
        return thrown.getFirst();
    }
}
