package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.collectives.CommunicatorGroup;
import io.witan.kernels.Kernels;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.EncoderTensors;
import io.witan.models.dmoerm.network.LastTokenEncoder;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.RaggedSelfAttention;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.placement.OwnerPlacement;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a stack of whole blocks that is read at the last tokens: states, and gradients of all parameters. */
class LastTokenEncoderTest {
    private static final int D = 16;
    private static final double TOLERANCE = 2e-5;

    @ParameterizedTest
    @CsvSource({"1, bidirectional", "1, causal", "3, bidirectional", "3, causal"})
    void shouldGiveWhatWholeBlocksGive(int layers, String attention) {
        RewardTensors tensors = TestPairs.tensors(
                "model.d_model=" + D,
                "model.layers=" + layers,
                "model.heads=2",
                "model.d_ff=24",
                "model.seq_len=64",
                "model.init_std=0.3",
                "dmoerm.attention=" + attention);
        int[][] owners = OwnerPlacement.even(tensors.moeLayers(), Category.allPoints(), 1);
        try (RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
                TrainingState state =
                        TrainingState.allocate(tensors.declare(), owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, tensors.adapter(), 0);
            state.initialize(new NormalInitializer(8));
            StepArena arena = runtime.arena();
            TokenRows responses = TokenRows.ofResponses(TestPairs.generated(3));
            MemorySegment pull = pull(responses.rows().sequences(), arena);
            LastTokenEncoder encoder = new RewardModelBuilder(runtime, tensors, state, GptMoe.Ways.PLAIN, buffers)
                    .encoder(tensors.base(), tensors.config().attention().reach());
            state.kernelGradient().fill((byte) 0);
            LastTokenEncoder.Encoded encoded = encoder.encode(responses.ids(), responses.rows(), Pass.TRAIN, arena);
            encoded.backward(pull, arena);
            float[] gradient = state.kernelGradient().toArray(JAVA_FLOAT);
            state.kernelGradient().fill((byte) 0);
            MemorySegment expected = new WholeBlocks(runtime.kernels(), state, tensors).run(responses, pull, arena);
            assertClose("state", encoded.last(), expected, responses.rows().sequences() * D);
            for (int i = 0; i < gradient.length; i++) {
                double whole = state.kernelGradient().getAtIndex(JAVA_FLOAT, i);
                assertThat((double) gradient[i])
                        .as("gradient %d", i)
                        .isCloseTo(whole, within(10 * TOLERANCE * Math.max(1, Math.abs(whole))));
            }
        }
    }

    private static MemorySegment pull(int sequences, StepArena arena) {
        SplittableRandom random = new SplittableRandom(2);
        MemorySegment pull = arena.floats((long) sequences * D);
        for (int i = 0; i < sequences * D; i++) {
            pull.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return pull;
    }

    private static void assertClose(String what, MemorySegment actual, MemorySegment expected, int count) {
        for (int i = 0; i < count; i++) {
            assertThat((double) actual.getAtIndex(JAVA_FLOAT, i))
                    .as("%s %d", what, i)
                    .isCloseTo(expected.getAtIndex(JAVA_FLOAT, i), within(TOLERANCE));
        }
    }

    /** The base model of whole blocks. */
    private record WholeBlocks(Kernels kernels, TrainingState state, RewardTensors tensors) {
        /** Forward, and backward of {@code pull}. */
        MemorySegment run(TokenRows responses, MemorySegment pull, StepArena arena) {
            EncoderTensors names = tensors.base();
            RaggedEmbedding embedding =
                    new RaggedEmbedding(kernels, state.parameter(names.token()), state.parameter(names.position()), D);
            RaggedEmbedding.Saved embedded = embedding.forward(responses.ids(), responses.rows(), arena);
            MemorySegment x = embedded.out();
            List<DenseBlock> blocks = new ArrayList<>();
            List<DenseBlock.Forward> forwards = new ArrayList<>();
            for (int l = 0; l < names.layers(); l++) {
                blocks.add(block(names, l));
                forwards.add(blocks.get(l).forward(x, responses.rows(), Pass.TRAIN, arena));
                x = forwards.get(l).output();
            }
            SelectedRows last = new SelectedRows(kernels, lastRows(responses), D, arena);
            NormLayer norm = norm(names.finalNorm());
            NormLayer.Saved normed = norm.forward(last.of(x, arena), last.count(), arena);
            MemorySegment dRead = zeroes(last.count(), arena);
            norm.backward(normed, pull, dRead, last.count());
            MemorySegment d = zeroes(responses.rows().rows(), arena);
            last.addTo(d, dRead);
            for (int l = names.layers() - 1; l >= 0; l--) {
                blocks.get(l).backward(forwards.get(l), d, responses.rows(), arena);
            }
            embedding.backward(embedded, d, responses.rows());
            return normed.y();
        }

        private static int[] lastRows(TokenRows responses) {
            return Arrays.stream(responses.rows().offsets())
                    .skip(1)
                    .map(end -> end - 1)
                    .toArray();
        }

        private static MemorySegment zeroes(int rows, StepArena arena) {
            return arena.floats((long) rows * D).fill((byte) 0);
        }

        private DenseBlock block(EncoderTensors names, int l) {
            return new DenseBlock(
                    norm(names.attentionNorm(l)),
                    new RaggedSelfAttention(
                            kernels,
                            new AttentionLayer.Projections(
                                    state.parameter(names.qkv(l)), null, state.parameter(names.attentionOut(l)), null),
                            D,
                            names.heads(),
                            tensors.config().attention().reach()),
                    norm(names.feedForwardNorm(l)),
                    new FeedForwardLayer(
                            kernels,
                            new FeedForwardLayer.Matrices(
                                    state.parameter(names.inner(l)), null, state.parameter(names.outer(l)), null),
                            D,
                            names.hidden()),
                    D);
        }

        private NormLayer norm(String name) {
            return new NormLayer(
                    kernels.layerNorm(),
                    state.parameter(EncoderTensors.gain(name)),
                    state.parameter(EncoderTensors.bias(name)),
                    D,
                    (float) tensors.model().normEpsilon());
        }
    }
}
