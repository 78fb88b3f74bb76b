package io.witan.runtime.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.TokenEmbedding;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.profile.LayerWork;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A decoder-only language model: embedding, blocks, head. Every rank has all of them, with its share of the experts. */
public final class Decoder implements TrainableModel<TokenBatch> {
    private final RankRuntime runtime;
    private final TrainingState state;
    private final int width;
    private final TokenEmbedding embedding;
    private final List<TransformerBlock> blocks;
    private final LanguageModelHead head;

    /** The parts in forward order. */
    public record Parts(TokenEmbedding embedding, List<TransformerBlock> blocks, LanguageModelHead head) {}

    /**
     * @param state holds the parts' parameters; stays the caller's
     * @param width model width D
     */
    public Decoder(RankRuntime runtime, TrainingState state, int width, Parts parts) {
        this.runtime = runtime;
        this.state = state;
        this.width = width;
        this.embedding = parts.embedding();
        this.blocks = List.copyOf(parts.blocks());
        this.head = parts.head();
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
    public BatchLoss forwardBackward(TokenBatch batch, StepContext step, GradientProgress progress) {
        StepArena arena = runtime.arena();
        int sequences = batch.rows();
        int positions = batch.positions();
        int tokens = sequences * positions;
        StepContext context = step.withTasks(tasks(batch));
        MemorySegment ids = ids(batch.inputs(), tokens);
        MemorySegment targets = ids(batch.targets(), tokens);

        Timeline timeline = runtime.timeline();
        timeline.phase(Phase.FORWARD);
        long embeddingBegin = timeline.begin();
        MemorySegment x = embedding.forward(ids, sequences, positions, arena);
        timeline.end(Span.EMBEDDING, Timeline.NONE, Timeline.NONE, embeddingBegin);
        List<TransformerBlock.Forward> forwards = new ArrayList<>(blocks.size());
        for (TransformerBlock block : blocks) {
            if (!forwards.isEmpty()) {
                blocks.get(forwards.size() - 1).endForward();
            }
            TransformerBlock.Forward forward = block.forward(x, sequences, positions, Pass.TRAIN, context, arena);
            forwards.add(forward);
            x = forward.output();
        }
        MemorySegment d = arena.floats((long) tokens * width);
        long headBegin = timeline.begin();
        LanguageModelHead.Losses losses = head.lossAndGradient(x, targets, context.perTarget(), d, tokens, arena);
        timeline.end(Span.HEAD, Timeline.NONE, Timeline.NONE, headBegin);
        progress.complete(head.matrices());
        timeline.phase(Phase.BACKWARD);
        for (int l = blocks.size() - 1; l >= 0; l--) {
            TransformerBlock block = blocks.get(l);
            progress.beginStretch();
            TransformerBlock.Backward half =
                    block.backwardMoe(forwards.get(l), d, sequences, positions, context, arena);
            if (l > 0) {
                blocks.get(l - 1).moe().beginMaterialise();
            }
            progress.beginStretch();
            block.backwardAttention(half, d, sequences, positions, context, arena);
            progress.complete(block.matrices());
        }
        long gradientBegin = timeline.begin();
        embedding.backward(ids, d, sequences, positions);
        timeline.end(Span.EMBEDDING, Timeline.NONE, Timeline.NONE, gradientBegin);
        return loss(batch, losses);
    }

    private static TokenTasks tasks(TokenBatch batch) {
        return new TokenTasks(batch.tasks(), batch.positions());
    }

    private BatchLoss loss(TokenBatch batch, LanguageModelHead.Losses losses) {
        double[] ofRows = new double[batch.tasks().length];
        if (ofRows.length > 0) {
            MemorySegment each = runtime.arena().toHost(losses.ofRows());
            for (int i = 0; i < batch.rows() * batch.positions(); i++) {
                ofRows[i / batch.positions()] += each.getAtIndex(JAVA_FLOAT, i);
            }
        }
        return new BatchLoss(losses.sum(), ofRows);
    }

    /** What a backward says to be complete, in that order; gradients of other dense parameters are complete when it is over. */
    public List<List<Parameter>> gradientGroups() {
        List<List<Parameter>> groups = new ArrayList<>();
        groups.add(head.matrices());
        blocks.reversed().forEach(block -> groups.add(block.matrices()));
        return groups;
    }

    @Override
    public BatchLoss evaluate(TokenBatch batch) {
        int tokens = batch.rows() * batch.positions();
        MemorySegment targets = ids(batch.targets(), tokens);
        MemorySegment x = hidden(batch.inputs(), batch.rows(), batch.positions(), tasks(batch));
        return loss(batch, head.loss(x, targets, tokens, runtime.arena()));
    }

    /**
     * Logits of the token after a context. All ranks take part with their own context.
     *
     * @param context token ids, at least one and no more than the model has positions
     */
    public float[] nextTokenLogits(int[] context) {
        return nextTokenLogits(context, new int[0]);
    }

    /**
     * As {@link #nextTokenLogits(int[])}, of a context that is of a task.
     *
     * @param task its number
     */
    public float[] nextTokenLogitsOfTask(int[] context, int task) {
        return nextTokenLogits(context, new int[] {task});
    }

    private float[] nextTokenLogits(int[] context, int[] tasks) {
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment x = hidden(context, 1, context.length, new TokenTasks(tasks, context.length));
        MemorySegment row = head.logits(x, context.length - 1, runtime.arena());
        float[] logits = runtime.arena().toHost(row).toArray(JAVA_FLOAT);
        runtime.arena().release(mark);
        return logits;
    }

    /**
     * A layer's computation on this rank, to be timed.
     *
     * @param rows sequences of this rank in a micro-batch
     * @param positions of a sequence
     * @param topK experts a token
     * @param network of the MoE layers
     */
    public LayerWork layerWork(int rows, int positions, int topK, ExpertNetwork network) {
        return new DecoderLayerWork(runtime, blocks, network, width, new DecoderLayerWork.Size(rows, positions, topK));
    }

    private MemorySegment hidden(int[] inputs, int sequences, int positions, TokenTasks tasks) {
        StepContext context = StepContext.evaluation().withTasks(tasks);
        StepArena arena = runtime.arena();
        MemorySegment x = embedding.forward(ids(inputs, sequences * positions), sequences, positions, arena);
        for (TransformerBlock block : blocks) {
            x = block.forward(x, sequences, positions, Pass.EVALUATE, context, arena)
                    .output();
            block.endForward();
        }
        return x;
    }

    private MemorySegment ids(int[] values, int count) {
        MemorySegment ids = runtime.arena().hostInts(count);
        MemorySegment.copy(values, 0, ids, JAVA_INT, 0, count);
        return runtime.arena().toKernels(ids);
    }
}
