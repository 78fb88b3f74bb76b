package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.LastTokenEncoder;
import io.witan.models.dmoerm.network.PointNetwork;
import io.witan.models.dmoerm.network.PointRows;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All points in one pass against the base model alone, once for each point, with the point's adapters merged into its matrices: states, and gradients by
 * the chain rule from those of the merged matrices.
 */
class PointNetworkTest {
    private static final int D = 16;
    private static final int RANK = 3;
    private static final double TOLERANCE = 2e-5;
    /** Points of the repetitions, and the sequence of each. */
    private static final int[] POINTS = {0, 7, 7, 26, 0, 12};

    private static final int[] SEQUENCES = {0, 0, 1, 2, 2, 1};

    private final SplittableRandom random = new SplittableRandom(4);

    @ParameterizedTest
    @ValueSource(strings = {"bidirectional", "causal"})
    void shouldSeeWhatMergedModelsSee(String attention) {
        RewardTensors tensors = TestPairs.tensors(
                "model.d_model=" + D,
                "model.layers=2",
                "model.heads=2",
                "model.d_ff=24",
                "model.seq_len=64",
                "model.init_std=0.3",
                "dmoerm.lora_rank=" + RANK,
                "dmoerm.attention=" + attention,
                "dmoerm.dense_part=0");
        int points = Category.allPoints();
        int[][] owners = OwnerPlacement.even(tensors.moeLayers(), points, 1);
        try (RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
                TrainingState state =
                        TrainingState.allocate(tensors.declare(), owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, tensors.adapter(), 0);
            RewardModelBuilder builder = new RewardModelBuilder(runtime, tensors, state, GptMoe.Ways.PLAIN, buffers);
            state.initialize(new NormalInitializer(8));
            for (int layer = 0; layer < tensors.moeLayers(); layer++) {
                for (int point = 0; point < points; point++) {
                    fill(chunk(state, layer, point), 2 * RANK * D);
                }
            }
            check(runtime, state, tensors, builder);
        }
    }

    private void fill(MemorySegment values, int count) {
        for (int i = 0; i < count; i++) {
            values.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-0.4, 0.4));
        }
    }

    private static MemorySegment chunk(TrainingState state, int layer, int point) {
        StateEntry entry = state.expert(layer, point);
        return entry.slot(state.activeSlot()).parameter();
    }

    private void check(RankRuntime runtime, TrainingState state, RewardTensors tensors, RewardModelBuilder builder) {
        StepArena arena = runtime.arena();
        TokenRows responses = TokenRows.ofResponses(TestPairs.generated(2));
        PointRows rows = PointRows.repeat(responses.rows(), SEQUENCES, POINTS);
        PointNetwork network = builder.pointNetwork();
        for (MoeLayer layer : network.moeLayers()) {
            layer.experts()
                    .begin(HierarchicalTransferPlanner.plan(
                            runtime.topology(),
                            layer.experts().owners(),
                            layer.experts().owners(),
                            new long[Category.allPoints()]));
        }
        StepContext context = new StepContext(1, 0, 1, rows.rows().rows(), 0, 1);
        PointNetwork.Encoded encoded = network.encode(responses.ids(), rows, Pass.TRAIN, context, arena);
        MemorySegment pull = arena.floats((long) POINTS.length * D);
        fill(pull, POINTS.length * D);
        float[] z = encoded.last()
                .asSlice(0, (long) POINTS.length * D * Float.BYTES)
                .toArray(JAVA_FLOAT);
        encoded.backward(pull, arena);
        network.moeLayers().forEach(layer -> layer.experts().awaitReduced());

        LastTokenEncoder base =
                builder.encoder(tensors.base(), tensors.config().attention().reach());
        for (int point : Arrays.stream(POINTS).distinct().toArray()) {
            checkPoint(state, tensors, network.moeLayers(), base, responses, point, z, pull, arena);
        }
    }

    private static void checkPoint(
            TrainingState state,
            RewardTensors tensors,
            List<MoeLayer> layers,
            LastTokenEncoder base,
            TokenRows responses,
            int point,
            float[] z,
            MemorySegment pull,
            StepArena arena) {
        int[] own = IntStream.range(0, POINTS.length)
                .filter(i -> POINTS[i] == point)
                .toArray();
        int[] sequences = Arrays.stream(own).map(i -> SEQUENCES[i]).toArray();
        PointRows alone = PointRows.repeat(responses.rows(), sequences, new int[sequences.length]);
        int[] ids = Arrays.stream(alone.tokens()).map(t -> responses.ids()[t]).toArray();
        state.kernelGradient().fill((byte) 0);
        merge(state, tensors, point, 1);
        LastTokenEncoder.Encoded merged =
                base.encode(ids, new Ragged(alone.rows().offsets()), Pass.TRAIN, arena);
        MemorySegment ownPull = arena.floats((long) own.length * D);
        for (int i = 0; i < own.length; i++) {
            MemorySegment.copy(pull, 4L * own[i] * D, ownPull, 4L * i * D, 4L * D);
            for (int c = 0; c < D; c++) {
                assertThat((double) z[own[i] * D + c])
                        .as("repetition %d, channel %d", own[i], c)
                        .isCloseTo(merged.last().getAtIndex(JAVA_FLOAT, (long) i * D + c), within(TOLERANCE));
            }
        }
        merged.backward(ownPull, arena);
        for (int layer = 0; layer < layers.size(); layer++) {
            checkGradient(
                    state, tensors, layer, point, layers.get(layer).experts().gradient(point));
        }
        merge(state, tensors, point, -1);
    }

    /** Adds sign * s b a to Wq and Wv of each block. */
    private static void merge(TrainingState state, RewardTensors tensors, int point, int sign) {
        for (int layer = 0; layer < tensors.moeLayers(); layer++) {
            MemorySegment qkv = state.parameter(tensors.base().qkv(layer / 2)).value();
            MemorySegment chunk = chunk(state, layer, point);
            for (int i = 0; i < D * D; i++) {
                double sum = 0;
                for (int r = 0; r < RANK; r++) {
                    sum += tensors.config().loraScale() * b(chunk, i / D, r) * a(chunk, r, i % D);
                }
                long at = (long) firstRow(layer) * D + i;
                qkv.setAtIndex(JAVA_FLOAT, at, (float) (qkv.getAtIndex(JAVA_FLOAT, at) + sign * sum));
            }
        }
    }

    /** Of q or v in qkv. */
    private static int firstRow(int layer) {
        return layer % 2 == 0 ? 0 : 2 * D;
    }

    private static float a(MemorySegment chunk, int r, int in) {
        return chunk.getAtIndex(JAVA_FLOAT, (long) r * D + in);
    }

    private static float b(MemorySegment chunk, int out, int r) {
        return chunk.getAtIndex(JAVA_FLOAT, (long) RANK * D + (long) out * RANK + r);
    }

    /** da = s b^T dW, db = s dW a^T. */
    private static void checkGradient(
            TrainingState state, RewardTensors tensors, int layer, int point, MemorySegment gradient) {
        MemorySegment dW = state.parameter(tensors.base().qkv(layer / 2)).gradient();
        MemorySegment chunk = chunk(state, layer, point);
        double s = tensors.config().loraScale();
        for (int r = 0; r < RANK; r++) {
            for (int i = 0; i < D; i++) {
                double da = 0;
                double db = 0;
                for (int j = 0; j < D; j++) {
                    da += s * b(chunk, j, r) * dW.getAtIndex(JAVA_FLOAT, (long) (firstRow(layer) + j) * D + i);
                    db += s * a(chunk, r, j) * dW.getAtIndex(JAVA_FLOAT, (long) (firstRow(layer) + i) * D + j);
                }
                assertThat((double) a(gradient, r, i))
                        .as("layer %d, point %d, da", layer, point)
                        .isCloseTo(da, within(10 * TOLERANCE * Math.max(1, Math.abs(da))));
                assertThat((double) b(gradient, i, r))
                        .as("layer %d, point %d, db", layer, point)
                        .isCloseTo(db, within(10 * TOLERANCE * Math.max(1, Math.abs(db))));
            }
        }
    }
}
