package io.witan.runtime.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.profile.LayerWork;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/** Attention of the first block, and the experts of the first block of which this rank owns any, on random rows. */
final class DecoderLayerWork implements LayerWork {
    private final RankRuntime runtime;
    private final List<TransformerBlock> blocks;
    private final int width;
    private final Size size;
    /** Inputs, made once; in the arena. */
    private MemorySegment tokenRows;

    private MemorySegment assignmentRows;

    /** Rows of this rank, positions of a row, experts a token. */
    record Size(int rows, int positions, int topK) {}

    DecoderLayerWork(RankRuntime runtime, List<TransformerBlock> blocks, int width, Size size) {
        this.runtime = runtime;
        this.blocks = blocks;
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
        blocks.forEach(block -> block.moe().experts().beginMaterialise());
        blocks.forEach(block -> block.moe().experts().awaitMaterialised());
    }

    @Override
    public void dropExperts() {
        blocks.forEach(block -> block.moe().experts().endForward());
    }

    @Override
    public int forwardExperts() {
        int assignments = size.rows * size.positions * size.topK;
        if (assignmentRows == null) {
            assignmentRows = random(assignments * blocks.getFirst().moe().assignmentBytes());
        }
        for (TransformerBlock block : blocks) {
            StepArena.Mark mark = runtime.arena().mark();
            MemorySegment y = block.moe().forwardExperts(assignmentRows, assignments, runtime.arena());
            if (y != null) {
                awaitKernels(y);
            }
            runtime.arena().release(mark);
            if (y != null) {
                return assignments;
            }
        }
        return 0;
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
