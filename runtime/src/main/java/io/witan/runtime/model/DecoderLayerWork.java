package io.witan.runtime.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.profile.LayerWork;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/** Attention of the first block, and the experts of the first block of which this rank owns any, on random rows. */
final class DecoderLayerWork implements LayerWork {
    private final RankRuntime runtime;
    private final List<TransformerBlock> blocks;
    private final ExpertNetwork network;
    private final int width;
    private final Size size;
    /** Inputs, made once; in the arena. */
    private MemorySegment tokenRows;

    private MemorySegment assignmentRows;

    /** Rows of this rank, positions of a row, experts a token. */
    record Size(int rows, int positions, int topK) {}

    /** @param network of the blocks' MoE layers */
    DecoderLayerWork(RankRuntime runtime, List<TransformerBlock> blocks, ExpertNetwork network, int width, Size size) {
        this.runtime = runtime;
        this.blocks = blocks;
        this.network = network;
        this.width = width;
        this.size = size;
    }

    @Override
    public void forwardAttention() {
        if (tokenRows == null) {
            tokenRows = random((long) size.rows * size.positions * width * Float.BYTES);
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment y = blocks.getFirst().forwardAttention(tokenRows, size.rows, size.positions, runtime.arena());
        awaitKernels(y);
        runtime.arena().release(mark);
    }

    @Override
    public void bringExperts() {
        for (TransformerBlock block : blocks) {
            LayerExperts experts = block.moe().experts();
            Placement owners = experts.owners();
            experts.begin(HierarchicalTransferPlanner.plan(runtime.topology(), owners, owners, null));
            experts.beginMaterialise();
        }
        blocks.forEach(block -> block.moe().experts().awaitMaterialised());
    }

    @Override
    public void dropExperts() {
        blocks.forEach(block -> block.moe().experts().release());
    }

    @Override
    public int assignments() {
        return size.rows * size.positions * size.topK;
    }

    @Override
    public Experts experts(int assignments) {
        long rowBytes = blocks.getFirst().moe().assignmentBytes();
        if (assignmentRows == null || assignmentRows.byteSize() < assignments * rowBytes) {
            assignmentRows = random(Math.max(assignments, assignments()) * rowBytes);
        }
        for (TransformerBlock block : blocks) {
            LayerExperts experts = block.moe().experts();
            int[] owned = experts.owners().heldBy(runtime.rank());
            if (owned.length > 0) {
                int[] offsets = offsets(owned, experts.owners().expertCount(), assignments);
                return new Rows(experts, offsets, assignmentRows.asSlice(0, assignments * rowBytes));
            }
        }
        return null;
    }

    /** Rows of each owned expert, evenly. */
    private static int[] offsets(int[] owned, int experts, int assignments) {
        int[] offsets = new int[experts + 1];
        int next = 0;
        for (int e = 0; e < experts; e++) {
            boolean mine = next < owned.length && owned[next] == e;
            next += mine ? 1 : 0;
            offsets[e + 1] = (int) ((long) assignments * next / owned.length);
        }
        return offsets;
    }

    private final class Rows implements Experts {
        private final LayerExperts experts;
        private final int[] offsets;
        private final MemorySegment x;
        private final StepArena.Mark mark;
        private ExpertNetwork.Computed computed;
        private ExpertNetwork.WeightGradients weights;

        Rows(LayerExperts experts, int[] offsets, MemorySegment x) {
            this.experts = experts;
            this.offsets = offsets;
            this.x = x;
            this.mark = runtime.arena().mark();
        }

        @Override
        public void forward() {
            MemorySegment y = runtime.arena().bytes(x.byteSize());
            computed = network.forward(x, offsets, experts.weights(), y, Pass.TRAIN, runtime.arena());
            awaitKernels(y);
        }

        @Override
        public void backward() {
            MemorySegment dx = runtime.arena().bytes(x.byteSize());
            weights = computed.backward(experts.weights(), x, dx, runtime.arena());
            awaitKernels(dx);
        }

        @Override
        public void addWeights() {
            weights.into(new ExpertNetwork.Gradients(experts.weightGradients(), experts.takeGradientBeta()));
            awaitKernels(x);
        }

        @Override
        public void close() {
            runtime.arena().release(mark);
        }
    }

    /** Numbers from -1 to 1, whether they are read as fp32 or, two at a time, as bf16. */
    private MemorySegment random(long bytes) {
        SplittableRandom random = new SplittableRandom(1);
        MemorySegment x = runtime.arena().hostBytes(bytes);
        for (long i = 0; i < bytes / Float.BYTES; i++) {
            int half = Float.floatToRawIntBits((float) random.nextDouble(-1, 1)) >>> Short.SIZE;
            x.setAtIndex(JAVA_INT, i, half << Short.SIZE | half);
        }
        return runtime.arena().toKernels(x);
    }

    /** Copies from kernels return when what was queued before is done. */
    private void awaitKernels(MemorySegment y) {
        if (y.byteSize() > 0) {
            MemorySegment last = runtime.arena().hostBytes(Integer.BYTES);
            runtime.kernels().memory().copyOut(y, last, Integer.BYTES);
        }
    }
}
