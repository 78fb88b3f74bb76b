package io.witan.runtime.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each layer against its definition in double: value, and gradients by finite differences. */
class RaggedLayersTest {
    private static final int D = 6;
    private static final int F = 5;
    private static final int HEADS = 2;
    private static final Ragged ROWS = Ragged.ofLengths(3, 0, 1, 4);
    private static final int T = ROWS.rows();

    private static MemorySegment zeroes(long count, StepArena arena) {
        MemorySegment zeroes = arena.floats(count);
        zeroes.fill((byte) 0);
        return zeroes;
    }

    @Test
    void tokensAndPositionsAreEmbedded() {
        int[] ids = {4, 1, 4, 0, 2, 4, 1, 1};
        Doubles doubles = new Doubles()
                .parameter("token", 5 * D)
                .parameter("position", 4 * D)
                .input("pull", T * D);
        Supplier<double[]> output = () -> {
            double[] out = new double[T * D];
            for (int i = 0; i < out.length; i++) {
                int row = i / D;
                int position = row - ROWS.begin(ROWS.sequenceOf(row));
                out[i] = doubles.get("token")[ids[row] * D + i % D] + doubles.get("position")[position * D + i % D];
            }
            return out;
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            RaggedEmbedding layer =
                    new RaggedEmbedding(runtime.kernels(), state.parameter("token"), state.parameter("position"), D);
            RaggedEmbedding.Saved saved = layer.forward(ids, ROWS, arena);
            Doubles.assertClose("out", saved.out(), output.get());
            layer.backward(saved, doubles.put("pull", arena), ROWS);
            doubles.assertParameterSlopes(state, output, "pull");
            assertThatThrownBy(() -> layer.forward(new int[5], Ragged.ofLengths(5), arena))
                    .hasMessageContaining("embedding ids[4] = 4, allowed 0..3");
        });
    }

    @ParameterizedTest
    @CsvSource({"CAUSAL, true", "CAUSAL, false", "FULL, true"})
    void sequencesAttendToThemselves(Reach reach, boolean biased) {
        Doubles doubles = new Doubles()
                .parameter("qkv", 3 * D * D)
                .parameter("out", D * D)
                .input("x", T * D)
                .input("pull", T * D);
        if (biased) {
            doubles.parameter("qkv_bias", 3 * D).parameter("out_bias", D);
        }
        Supplier<double[]> output = () -> {
            double[] qkv = Definitions.linear(doubles.get("x"), doubles.get("qkv"), doubles.get("qkv_bias"), D);
            double[] mixed = Definitions.attention(
                    Definitions.channels(qkv, 3 * D, 0, D),
                    Definitions.channels(qkv, 3 * D, D, D),
                    Definitions.channels(qkv, 3 * D, 2 * D, D),
                    ROWS,
                    ROWS,
                    D,
                    HEADS,
                    reach == Reach.CAUSAL);
            return Definitions.linear(mixed, doubles.get("out"), doubles.get("out_bias"), D);
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            RaggedSelfAttention layer =
                    new RaggedSelfAttention(runtime.kernels(), projections(state, biased), D, HEADS, reach);
            MemorySegment x = doubles.put("x", arena);
            MemorySegment sum = zeroes((long) T * D, arena);
            RaggedSelfAttention.Saved saved = layer.forward(x, sum, ROWS, arena);
            Doubles.assertClose("out", sum, output.get());
            MemorySegment dx = layer.backward(saved, x, doubles.put("pull", arena), ROWS, arena);
            doubles.assertSlopes("x", dx, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    private static AttentionLayer.Projections projections(TrainingState state, boolean biased) {
        return new AttentionLayer.Projections(
                state.parameter("qkv"),
                biased ? state.parameter("qkv_bias") : null,
                state.parameter("out"),
                biased ? state.parameter("out_bias") : null);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void decodersReadAMemory(boolean biased) {
        Ragged read = Ragged.ofLengths(2, 3, 5, 0);
        Doubles doubles = new Doubles()
                .parameter("query", D * D)
                .parameter("kv", 2 * D * D)
                .parameter("out", D * D)
                .input("x", T * D)
                .input("memory", read.rows() * D)
                .input("pull", T * D);
        if (biased) {
            doubles.parameter("query_bias", D).parameter("kv_bias", 2 * D).parameter("out_bias", D);
        }
        Supplier<double[]> output = () -> {
            double[] q = Definitions.linear(doubles.get("x"), doubles.get("query"), doubles.get("query_bias"), D);
            double[] kv = Definitions.linear(doubles.get("memory"), doubles.get("kv"), doubles.get("kv_bias"), D);
            double[] mixed = Definitions.attention(
                    q,
                    Definitions.channels(kv, 2 * D, 0, D),
                    Definitions.channels(kv, 2 * D, D, D),
                    ROWS,
                    read,
                    D,
                    HEADS,
                    false);
            return Definitions.linear(mixed, doubles.get("out"), doubles.get("out_bias"), D);
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            CrossAttention layer = new CrossAttention(
                    runtime.kernels(),
                    new CrossAttention.Projections(
                            state.parameter("query"),
                            biased ? state.parameter("query_bias") : null,
                            state.parameter("kv"),
                            biased ? state.parameter("kv_bias") : null,
                            state.parameter("out"),
                            biased ? state.parameter("out_bias") : null),
                    D,
                    HEADS);
            CrossAttention.Memory memory = new CrossAttention.Memory(doubles.put("memory", arena), read);
            MemorySegment sum = zeroes((long) T * D, arena);
            CrossAttention.Saved saved = layer.forward(doubles.put("x", arena), memory, sum, ROWS, arena);
            Doubles.assertClose("out", sum, output.get());
            MemorySegment dMemory = zeroes((long) read.rows() * D, arena);
            MemorySegment dx = layer.backward(saved, doubles.put("pull", arena), dMemory, ROWS, arena);
            doubles.assertSlopes("x", dx, output, "pull");
            doubles.assertSlopes("memory", dMemory, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void feedForwardIsDense(boolean biased) {
        Doubles doubles = new Doubles()
                .parameter("w1", F * D)
                .parameter("w2", D * F)
                .input("x", T * D)
                .input("pull", T * D);
        if (biased) {
            doubles.parameter("b1", F).parameter("b2", D);
        }
        Supplier<double[]> output = () -> Definitions.feedForward(
                doubles.get("x"), doubles.get("w1"), doubles.get("b1"), doubles.get("w2"), doubles.get("b2"), D);
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            FeedForwardLayer layer = feedForward(runtime.kernels(), state, biased);
            MemorySegment x = doubles.put("x", arena);
            for (Pass pass : new Pass[] {Pass.EVALUATE, Pass.TRAIN}) {
                MemorySegment sum = zeroes((long) T * D, arena);
                StepArena.Mark mark = arena.mark();
                FeedForwardLayer.Saved saved = layer.forward(x, sum, T, pass, arena);
                assertThat(arena.mark().equals(mark)).isEqualTo(pass == Pass.EVALUATE);
                Doubles.assertClose("out", sum, output.get());
                if (pass == Pass.TRAIN) {
                    MemorySegment dx = arena.floats((long) T * D);
                    layer.backward(saved, x, doubles.put("pull", arena), dx, T, arena);
                    doubles.assertSlopes("x", dx, output, "pull");
                    doubles.assertParameterSlopes(state, output, "pull");
                }
            }
        });
    }

    private static FeedForwardLayer feedForward(Kernels kernels, TrainingState state, boolean biased) {
        return new FeedForwardLayer(
                kernels,
                new FeedForwardLayer.Matrices(
                        state.parameter("w1"),
                        biased ? state.parameter("b1") : null,
                        state.parameter("w2"),
                        biased ? state.parameter("b2") : null),
                D,
                F);
    }

    @Test
    void rowsAreClassified() {
        int classes = 4;
        int[] targets = {2, -1, 0};
        double scale = 0.25;
        Doubles doubles = new Doubles()
                .parameter("weight", classes * D)
                .parameter("bias", classes)
                .input("x", targets.length * D)
                .input("pull", 1);
        doubles.get("pull")[0] = scale;
        Supplier<double[]> output = () -> {
            double[] logits = Definitions.linear(doubles.get("x"), doubles.get("weight"), doubles.get("bias"), D);
            double loss = 0;
            for (int row = 0; row < targets.length; row++) {
                double sum = 0;
                for (int c = 0; c < classes; c++) {
                    sum += Math.exp(logits[row * classes + c]);
                }
                loss += targets[row] < 0 ? 0 : Math.log(sum) - logits[row * classes + targets[row]];
            }
            return new double[] {loss};
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            ClassificationHead head = new ClassificationHead(
                    runtime.kernels(), state.parameter("weight"), state.parameter("bias"), D, classes);
            MemorySegment x = doubles.put("x", arena);
            MemorySegment dx = arena.floats((long) targets.length * D);
            assertThat(head.loss(x, targets, arena).sum()).isCloseTo(output.get()[0], within(1e-5));
            assertThat(head.lossAndGradient(x, targets, (float) scale, dx, arena)
                            .sum())
                    .isCloseTo(output.get()[0], within(1e-5));
            doubles.assertSlopes("x", dx, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    @Test
    void aValueIsALayerOfOneOutput() {
        Doubles doubles = new Doubles()
                .parameter("weight", D)
                .parameter("bias", 1)
                .input("x", T * D)
                .input("pull", T);
        Supplier<double[]> output =
                () -> Definitions.linear(doubles.get("x"), doubles.get("weight"), doubles.get("bias"), D);
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            LinearLayer head =
                    new LinearLayer(runtime.kernels(), state.parameter("weight"), state.parameter("bias"), D, 1);
            MemorySegment x = doubles.put("x", arena);
            Doubles.assertClose("values", head.forward(x, T, arena), output.get());
            MemorySegment pull = doubles.put("pull", arena);
            MemorySegment dx = arena.floats((long) T * D);
            head.backwardInput(pull, dx, T, 0);
            head.backwardWeight(pull, x, T, arena);
            doubles.assertSlopes("x", dx, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    @Test
    void selectedRowsMayRepeat() {
        int[] rows = {5, 0, 5, 2};
        Doubles doubles = new Doubles().input("x", T * D).input("pull", rows.length * D);
        Supplier<double[]> output = () -> {
            double[] selected = new double[rows.length * D];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(doubles.get("x"), rows[i] * D, selected, i * D, D);
            }
            return selected;
        };
        doubles.check((runtime, _) -> {
            StepArena arena = runtime.arena();
            SelectedRows selected = new SelectedRows(runtime.kernels(), rows, D, arena);
            assertThat(selected.count()).isEqualTo(rows.length);
            Doubles.assertClose("rows", selected.of(doubles.put("x", arena), arena), output.get());
            MemorySegment dx = zeroes((long) T * D, arena);
            selected.addTo(dx, doubles.put("pull", arena));
            doubles.assertSlopes("x", dx, output, "pull");
        });
    }
}
