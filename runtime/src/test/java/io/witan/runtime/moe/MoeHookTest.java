package io.witan.runtime.moe;

import static io.witan.runtime.moe.SmallLayer.CONFIG;
import static io.witan.runtime.moe.SmallLayer.D;
import static io.witan.runtime.moe.SmallLayer.E;
import static io.witan.runtime.moe.SmallLayer.F;
import static io.witan.runtime.moe.SmallLayer.failure;
import static io.witan.runtime.moe.SmallLayer.forwardBackward;
import static io.witan.runtime.moe.SmallLayer.run;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.SmallLayer.Outcome;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts that are not ours in a layer on two ranks: what hooks see and change, and what is said of those that fail. */
class MoeHookTest {
    /** Half the bytes between ranks: the upper half of each fp32 number. */
    private static final class Halving implements MoeHook {
        @Override
        public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
            return switch (point) {
                case BEFORE_DISPATCH, BEFORE_COMBINE -> halved(rows, arena);
                case AFTER_DISPATCH, AFTER_COMBINE -> doubled(rows, arena);
                case BEFORE_MOE, AFTER_MOE -> rows;
            };
        }

        @Override
        public Rows backward(Point point, Rows gradient, StepArena arena) {
            return switch (point) {
                case AFTER_COMBINE, AFTER_DISPATCH -> halved(gradient, arena);
                case BEFORE_COMBINE, BEFORE_DISPATCH -> doubled(gradient, arena);
                case BEFORE_MOE, AFTER_MOE -> gradient;
            };
        }

        private static Rows halved(Rows rows, StepArena arena) {
            MemorySegment half = arena.bytes(rows.count() * rows.rowBytes() / 2);
            for (long i = 0; i < half.byteSize() / Short.BYTES; i++) {
                half.setAtIndex(JAVA_SHORT, i, (short) (rows.data().getAtIndex(JAVA_INT, i) >>> Short.SIZE));
            }
            return rows.with(half, rows.rowBytes() / 2);
        }

        private static Rows doubled(Rows rows, StepArena arena) {
            MemorySegment full = arena.bytes(rows.count() * rows.rowBytes() * 2);
            for (long i = 0; i < full.byteSize() / Integer.BYTES; i++) {
                full.setAtIndex(JAVA_INT, i, rows.data().getAtIndex(JAVA_SHORT, i) << Short.SIZE);
            }
            return rows.with(full, rows.rowBytes() * 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "1, 0.6", "2, 0.6"})
    void shouldCompressWhatTravels(int ranks, double capacityFactor) {
        MoeConfig config = config(capacityFactor);
        List<Outcome> plain = run(ranks, config, parts -> parts);
        List<Outcome> halved = run(ranks, config, parts -> parts.withHooks(List.of(new Halving())));

        for (int rank = 0; rank < ranks; rank++) {
            assertClose(halved.get(rank).out(), plain.get(rank).out());
            assertClose(halved.get(rank).dx(), plain.get(rank).dx());
            assertThat(halved.get(rank).exchanged()).isEqualTo(plain.get(rank).exchanged() / 2);
        }
    }

    /** Hooks between dispatch and combine see one piece after the other, and in backward the same ones. */
    @Test
    void shouldSeePiecesInOrder() {
        List<List<String>> seen = Ranks.run(Topology.of(2), runtime -> {
            List<String> calls = new ArrayList<>();
            MoeHook noting = new MoeHook() {
                @Override
                public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                    calls.add(point + " " + rows.piece());
                    return rows;
                }

                @Override
                public Rows backward(Point point, Rows gradient, StepArena arena) {
                    calls.add(point + " " + gradient.piece());
                    return gradient;
                }
            };
            forwardBackward(
                    runtime,
                    CONFIG,
                    parts -> parts.withHooks(List.of(noting, new Halving())),
                    (_, x) -> x,
                    new PipelineDegrees(2, 1));
            return calls;
        });

        assertThat(seen.getFirst())
                .isEqualTo(seen.getLast())
                .containsExactly(
                        "BEFORE_MOE 0",
                        "BEFORE_DISPATCH 0",
                        "AFTER_DISPATCH 0",
                        "BEFORE_COMBINE 0",
                        "AFTER_DISPATCH 1",
                        "BEFORE_COMBINE 1",
                        "AFTER_COMBINE 0",
                        "AFTER_MOE 0",
                        "AFTER_MOE 0",
                        "AFTER_COMBINE 0",
                        "BEFORE_COMBINE 0",
                        "AFTER_DISPATCH 0",
                        "BEFORE_COMBINE 1",
                        "AFTER_DISPATCH 1",
                        "BEFORE_DISPATCH 0",
                        "BEFORE_MOE 0");
    }

    @Test
    void shouldRefusePiecesOfDifferentLengths() {
        MoeHook growing = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                long bytes = rows.rowBytes() + 4L * rows.piece();
                return point == Point.BEFORE_COMBINE ? rows.with(arena.bytes(rows.count() * bytes), bytes) : rows;
            }
        };
        Throwable thrown = catchThrowable(() -> Ranks.run(
                Topology.of(2),
                runtime -> forwardBackward(
                        runtime,
                        CONFIG,
                        parts -> parts.withHooks(List.of(growing)),
                        (_, x) -> x,
                        new PipelineDegrees(2, 2))));

        assertThat(thrown)
                .hasMessageStartingWith("layer 1, hooks at BEFORE_COMBINE, rank ")
                .hasMessageEndingWith(": rows of piece 1 have 36 bytes, those of the pieces before it 32");
    }

    private static MoeConfig config(double capacityFactor) {
        GateConfig gate = new GateConfig(
                GateConfig.Source.LINEAR,
                GateConfig.Score.SOFTMAX,
                GateConfig.Select.TOP_K,
                capacityFactor,
                GateConfig.Priority.POSITION,
                1,
                1,
                0,
                1,
                0);
        return new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0.1, 0.01, gate);
    }

    /** Twice the layer's input and three times its output, with the gradients of that. */
    private static final class Scaling implements MoeHook {
        @Override
        public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
            return switch (point) {
                case BEFORE_MOE -> times(2, rows, arena);
                case AFTER_MOE -> times(3, rows, arena);
                default -> rows;
            };
        }

        @Override
        public Rows backward(Point point, Rows gradient, StepArena arena) {
            return switch (point) {
                case BEFORE_MOE -> times(2, gradient, arena);
                case AFTER_MOE -> times(3, gradient, arena);
                default -> gradient;
            };
        }

        private static Rows times(float factor, Rows rows, StepArena arena) {
            MemorySegment scaled = arena.floats((long) rows.count() * D);
            for (long i = 0; i < (long) rows.count() * D; i++) {
                scaled.setAtIndex(JAVA_FLOAT, i, factor * rows.data().getAtIndex(JAVA_FLOAT, i));
            }
            return rows.with(scaled, rows.rowBytes());
        }
    }

    /** d/dx of 3 f(2 x) . pull, by differences of the layer with the same hook. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void shouldChangeInputAndOutput(int sharedExperts) {
        UnaryOperator<MoeParts> scaling = parts -> parts.withHooks(List.of(new Scaling()));
        MoeConfig still = new MoeConfig(
                D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0, 0, GateConfig.PLAIN, sharedExperts);
        Outcome given = run(1, still, scaling).getFirst();
        double step = 1e-2;
        for (int i = 0; i < 2 * D; i++) {
            int at = i;
            double above =
                    dot(run(1, still, scaling, (j, x) -> j == at ? x + step : x).getFirst());
            double below =
                    dot(run(1, still, scaling, (j, x) -> j == at ? x - step : x).getFirst());
            assertThat((double) given.dx()[i]).isCloseTo((above - below) / (2 * step), within(0.02));
        }
    }

    private static double dot(Outcome outcome) {
        double sum = 0;
        for (int i = 0; i < outcome.out().length; i++) {
            sum += (double) outcome.out()[i] * outcome.pull()[i];
        }
        return sum;
    }

    @Test
    void shouldSeeWhatSharedExpertsAdd() {
        MoeConfig shared =
                new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0.1, 0.01, GateConfig.PLAIN, 1);
        List<float[]> seen = new ArrayList<>();
        MoeHook recorder = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                if (point == Point.AFTER_MOE) {
                    seen.add(rows.data().asSlice(0, rows.bytes()).toArray(JAVA_FLOAT));
                }
                return rows;
            }
        };
        float[] hooked = run(1, shared, parts -> parts.withHooks(List.of(recorder)))
                .getFirst()
                .out();
        float[] plain = run(1, shared, parts -> parts).getFirst().out();
        float[] without = run(1, shared, parts -> parts.withShared(SharedExpert.NONE))
                .getFirst()
                .out();

        assertThat(seen).containsExactly(plain);
        assertThat(hooked).isEqualTo(plain).isNotEqualTo(without);
    }

    @Test
    void shouldRefuseRowsThatKeepTheLengthOfTheJourney() {
        MoeHook forgetful = new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                return point == Point.BEFORE_DISPATCH ? Halving.halved(rows, arena) : rows;
            }
        };
        assertThat(failure(CONFIG, parts -> parts.withHooks(List.of(forgetful))))
                .hasMessage("layer 1, hooks at AFTER_DISPATCH, rank 0: rows have 16 bytes, allowed are 32");
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).isNotEqualTo(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(0.03f));
        }
    }

    @Test
    void shouldCallHooksInOrderAndBackwards() {
        List<String> seen = new ArrayList<>();
        run(1, CONFIG, parts -> parts.withHooks(List.of(named("a", seen), named("b", seen))));

        List<String> expected = new ArrayList<>();
        for (MoeHook.Point point : MoeHook.Point.values()) {
            expected.add("a " + point);
            expected.add("b " + point);
        }
        expected.addAll(expected.reversed());
        assertThat(seen).isEqualTo(expected);
    }

    private static MoeHook named(String name, List<String> seen) {
        return new MoeHook() {
            @Override
            public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
                seen.add(name + " " + point);
                return rows;
            }

            @Override
            public Rows backward(Point point, Rows gradient, StepArena arena) {
                seen.add(name + " " + point);
                return gradient;
            }
        };
    }

    /** A hook that throws at one point, or returns too little. */
    private record Failing(MoeHook.Point at, boolean returns) implements MoeHook {
        @Override
        public Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
            if (point != at) {
                return rows;
            }
            if (returns) {
                return rows.with(arena.bytes(4), rows.rowBytes());
            }
            throw new IllegalStateException("disk full");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNameLayerPointAndRankOfAHookThatThrows(MoeHook.Point point) {
        assertThat(failure(CONFIG, parts -> parts.withHooks(List.of(new Failing(point, false)))))
                .hasMessage(
                        "layer 1, hook Failing at " + point + ", rank 0: java.lang.IllegalStateException: disk full");
    }

    @Test
    void shouldNameTheRankThatFailedAndPointsOfBackward() {
        MoeHook failing = new MoeHook() {
            @Override
            public Rows backward(Point point, Rows gradient, StepArena arena) {
                if (point == Point.AFTER_COMBINE) {
                    throw new IllegalStateException("no gradient");
                }
                return gradient;
            }
        };
        List<Throwable> failures = Ranks.run(Topology.of(2), runtime -> {
            UnaryOperator<MoeParts> change = parts -> runtime.rank() == 1 ? parts.withHooks(List.of(failing)) : parts;
            return catchThrowable(() -> forwardBackward(runtime, CONFIG, change, (_, x) -> x, PipelineDegrees.SERIAL));
        });
        assertThat(failures.get(1)).hasMessageMatching("layer 1, hook .* at AFTER_COMBINE, rank 1: .*no gradient");
    }

    @Test
    void shouldRefuseRowsThatAreTooFew() {
        assertThat(failure(CONFIG, parts -> parts.withHooks(List.of(new Failing(MoeHook.Point.BEFORE_COMBINE, true)))))
                .hasMessage("layer 1, hook Failing at BEFORE_COMBINE, rank 0: it returned 14 rows of 32 bytes in 4"
                        + " bytes; allowed are 14 rows of a multiple of 4 bytes");
    }
}
