package io.witan.models.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.NormKernel;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ChunkPool;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.TokenEmbedding;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.TrainableModel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Decoder-only transformer with learned positions, pre-norm blocks of causal attention and a sparse MoE, and an untied
 * output projection. Every rank holds all dense parameters and its share of the experts.
 */
public final class GptMoe implements TrainableModel, AutoCloseable {
    private final RankRuntime runtime;
    private final GptMoeConfig config;
    private final TrainingState state;
    private final ChunkPool pool;
    private final TokenEmbedding embedding;
    private final List<TransformerBlock> blocks = new ArrayList<>();
    private final LanguageModelHead head;

    /**
     * @param state holds the tensors of {@link GptMoeTensors#declare}; stays the caller's
     * @param owners owners[l][e] = rank that owns expert e of block l
     */
    public GptMoe(RankRuntime runtime, GptMoeConfig config, int vocabulary, TrainingState state, int[][] owners) {
        this.runtime = runtime;
        this.config = config;
        this.state = state;
        this.pool = new ChunkPool(config.moe().expertLayout().chunkBytes());
        int d = config.dModel();
        this.embedding = new TokenEmbedding(
                runtime.kernels(),
                state.parameter(GptMoeTensors.TOKEN),
                state.parameter(GptMoeTensors.POSITION),
                d);
        for (int l = 0; l < config.layers(); l++) {
            blocks.add(block(l, owners[l]));
        }
        this.head = new LanguageModelHead(
                runtime.kernels(), norm(GptMoeTensors.FINAL_NORM), state.parameter(GptMoeTensors.HEAD), d, vocabulary);
    }

    private TransformerBlock block(int l, int[] owner) {
        String name = GptMoeTensors.layer(l);
        AttentionLayer attention = new AttentionLayer(
                runtime.kernels(),
                state.parameter(name + ".attention.qkv"),
                state.parameter(name + ".attention.out"),
                config.dModel(),
                config.heads());
        LayerExperts experts =
                new LayerExperts(l, config.moe().expertLayout(), owner, state, pool, runtime.parameters());
        MoeLayer moe = new MoeLayer(runtime, config.moe(), state.parameter(name + ".router"), experts);
        return new TransformerBlock(
                norm(name + ".attention_norm"),
                attention,
                norm(name + ".moe_norm"),
                moe,
                new TransformerBlock.Geometry(config.dModel(), config.recompute()));
    }

    private NormLayer norm(String name) {
        boolean centred = config.norm() == Norm.LAYERNORM;
        NormKernel kernel =
                centred ? runtime.kernels().layerNorm() : runtime.kernels().rmsNorm();
        return new NormLayer(
                kernel,
                state.parameter(name + ".gain"),
                centred ? state.parameter(name + ".bias") : null,
                config.dModel(),
                (float) config.normEpsilon());
    }

    @Override
    public TrainingState state() {
        return state;
    }

    @Override
    public List<MoeLayer> moeLayers() {
        return blocks.stream().map(TransformerBlock::moe).toList();
    }

    @Override
    public double forwardBackward(TokenBatch batch, StepContext context) {
        StepArena arena = runtime.arena();
        int sequences = batch.rows();
        int positions = batch.positions();
        int tokens = sequences * positions;
        MemorySegment ids = ids(batch.inputs(), tokens);
        MemorySegment targets = ids(batch.targets(), tokens);

        MemorySegment x = embedding.forward(ids, sequences, positions, arena);
        List<TransformerBlock.Forward> forwards = new ArrayList<>(blocks.size());
        for (TransformerBlock block : blocks) {
            TransformerBlock.Forward forward = block.forward(x, sequences, positions, Pass.TRAIN, context, arena);
            forwards.add(forward);
            x = forward.output();
        }
        MemorySegment d = arena.floats((long) tokens * config.dModel());
        double loss = head.lossAndGradient(x, targets, context.perTarget(), d, tokens, arena);
        for (int l = blocks.size() - 1; l >= 0; l--) {
            blocks.get(l).backward(forwards.get(l), d, sequences, positions, context, arena);
        }
        embedding.backward(ids, d, sequences, positions);
        return loss;
    }

    @Override
    public double evaluate(TokenBatch batch) {
        int tokens = batch.rows() * batch.positions();
        MemorySegment targets = ids(batch.targets(), tokens);
        MemorySegment x = hidden(batch.inputs(), batch.rows(), batch.positions());
        return head.loss(x, targets, tokens, runtime.arena());
    }

    /**
     * Logits of the token after a context. All ranks take part with their own context.
     *
     * @param context 1 .. seq_len token ids
     */
    public float[] nextTokenLogits(int[] context) {
        long mark = runtime.arena().mark();
        MemorySegment x = hidden(context, 1, context.length);
        float[] logits = head.logits(x, context.length - 1, runtime.arena()).toArray(JAVA_FLOAT);
        runtime.arena().release(mark);
        return logits;
    }

    private MemorySegment hidden(int[] inputs, int sequences, int positions) {
        StepArena arena = runtime.arena();
        MemorySegment x = embedding.forward(ids(inputs, sequences * positions), sequences, positions, arena);
        for (TransformerBlock block : blocks) {
            x = block.forward(x, sequences, positions, Pass.EVALUATE, StepContext.evaluation(), arena)
                    .output();
        }
        return x;
    }

    private MemorySegment ids(int[] values, int count) {
        MemorySegment ids = runtime.arena().ints(count);
        MemorySegment.copy(values, 0, ids, JAVA_INT, 0, count);
        return ids;
    }

    /** Bytes of expert copies and gradients held. */
    public long expertBufferBytes() {
        return pool.heldBytes();
    }

    /** Frees expert buffers; the state stays. */
    @Override
    public void close() {
        pool.close();
    }
}
