package io.witan.models.seq2seq;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.CrossAttention;
import io.witan.runtime.layer.CrossBlock;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A decoder that writes from left to right; its dense blocks also attend to the normalised output of the shared encoder. */
public final class Generation {
    private final Kernels kernels;
    private final Parts parts;
    private final int width;

    /**
     * The parts in forward order.
     *
     * @param memoryNorm of the encoder's output
     * @param embedding of what is written, the encoder's
     */
    public record Parts(NormLayer memoryNorm, RaggedEmbedding embedding, List<CrossBlock> blocks, SideHead head) {}

    /** @param width D */
    public Generation(Kernels kernels, Parts parts, int width) {
        this.kernels = kernels;
        this.parts = parts;
        this.width = width;
    }

    /** What {@link #train} completes the gradients of. */
    public List<Parameter> matrices() {
        return parts.blocks.stream().flatMap(block -> block.matrices().stream()).toList();
    }

    /** What the decoder reads of some rows. */
    private record Memory(SelectedRows selected, NormLayer.Saved norm, CrossAttention.Memory values) {}

    private Memory memory(MemorySegment encoded, SideRows side, StepArena arena) {
        SelectedRows selected = new SelectedRows(kernels, side.tokens(), width, arena);
        Ragged rows = side.encoder();
        NormLayer.Saved norm = parts.memoryNorm.forward(selected.of(encoded, arena), rows.rows(), arena);
        return new Memory(selected, norm, new CrossAttention.Memory(norm.y(), rows));
    }

    private record Run(RaggedEmbedding.Saved embedded, List<CrossBlock.Forward> forwards, MemorySegment out) {}

    private Run run(CrossAttention.Memory memory, int[] ids, Ragged rows, Pass pass, StepArena arena) {
        RaggedEmbedding.Saved embedded = parts.embedding.forward(ids, rows, arena);
        MemorySegment x = embedded.out();
        List<CrossBlock.Forward> forwards = new ArrayList<>(parts.blocks.size());
        for (CrossBlock block : parts.blocks) {
            CrossBlock.Forward forward = block.forward(x, memory, rows, pass, arena);
            forwards.add(forward);
            x = forward.output();
        }
        return new Run(embedded, forwards, x);
    }

    /**
     * Forward and backward of rows, of which there is at least one.
     *
     * @param encoded [T, D]
     * @param factors [rows of the pass] on the gradient of each row's loss
     * @param dEncoded [T, D], adds the gradient
     * @param ofRows [rows of the pass], adds the loss of each row
     * @return most likely ids at the blanks
     */
    public int[] train(
            MemorySegment encoded,
            SideRows side,
            float[] factors,
            MemorySegment dEncoded,
            double[] ofRows,
            StepArena arena) {
        Memory memory = memory(encoded, side, arena);
        Ragged rows = side.decoder();
        Run run = run(memory.values, side.decoderIds(), rows, Pass.TRAIN, arena);
        int[] told = parts.head.mostLikely(run.out, side.blanks(), arena);
        MemorySegment d = arena.floats((long) rows.rows() * width);
        parts.head.lossAndGradient(run.out, side, factors, d, ofRows, arena);
        int keys = memory.values.rows().rows();
        MemorySegment dMemory = zeroes(keys, arena);
        for (int l = parts.blocks.size() - 1; l >= 0; l--) {
            parts.blocks.get(l).backward(run.forwards.get(l), d, dMemory, rows, arena);
        }
        parts.embedding.backward(run.embedded, d, rows);
        MemorySegment dSelected = zeroes(keys, arena);
        parts.memoryNorm.backward(memory.norm, dMemory, dSelected, keys);
        memory.selected.addTo(dEncoded, dSelected);
        return told;
    }

    private MemorySegment zeroes(int rows, StepArena arena) {
        MemorySegment zeroes = arena.floats((long) rows * width);
        kernels.vector().zero(zeroes, (long) rows * width);
        return zeroes;
    }

    /** As {@link #train} without gradients. */
    public int[] evaluate(MemorySegment encoded, SideRows side, double[] ofRows, StepArena arena) {
        Memory memory = memory(encoded, side, arena);
        MemorySegment out = run(memory.values, side.decoderIds(), side.decoder(), Pass.EVALUATE, arena).out;
        parts.head.loss(out, side, ofRows, arena);
        return parts.head.mostLikely(out, side.blanks(), arena);
    }

    /**
     * Writes with the most likely token each time, until the end or as many as the decoder has places.
     *
     * @param start token that stands before what is written
     * @param end token behind it
     * @param most tokens
     * @return what was written of each row, without the end
     */
    public List<int[]> write(MemorySegment encoded, SideRows side, int start, int end, int most, StepArena arena) {
        Memory memory = memory(encoded, side, arena);
        List<int[]> written = new ArrayList<>();
        side.rows().forEach(_ -> written.add(new int[] {start}));
        int[] open = IntStream.range(0, written.size()).toArray();
        while (open.length > 0 && written.get(open[0]).length <= most) {
            StepArena.Mark mark = arena.mark();
            int[] next = next(memory, written, open, arena);
            arena.release(mark);
            List<Integer> left = new ArrayList<>();
            for (int i = 0; i < open.length; i++) {
                if (next[i] != end) {
                    int[] longer = Arrays.copyOf(written.get(open[i]), written.get(open[i]).length + 1);
                    longer[longer.length - 1] = next[i];
                    written.set(open[i], longer);
                    left.add(open[i]);
                }
            }
            open = left.stream().mapToInt(Integer::intValue).toArray();
        }
        return written.stream()
                .map(ids -> Arrays.copyOfRange(ids, 1, ids.length))
                .toList();
    }

    /** The most likely next token of the open rows, all of one length. */
    private int[] next(Memory memory, List<int[]> written, int[] open, StepArena arena) {
        Ragged all = memory.values.rows();
        int[] keys = IntStream.of(open)
                .flatMap(row -> IntStream.range(all.begin(row), all.begin(row) + all.length(row)))
                .toArray();
        CrossAttention.Memory of = new CrossAttention.Memory(
                new SelectedRows(kernels, keys, width, arena).of(memory.values.values(), arena),
                Ragged.ofLengths(IntStream.of(open).map(all::length).toArray()));
        int length = written.get(open[0]).length;
        Ragged rows = Ragged.equal(open.length, length);
        int[] ids = IntStream.of(open)
                .flatMap(row -> IntStream.of(written.get(row)))
                .toArray();
        MemorySegment out = run(of, ids, rows, Pass.EVALUATE, arena).out;
        int[] last = IntStream.range(0, open.length)
                .map(row -> (row + 1) * length - 1)
                .toArray();
        return parts.head.mostLikely(out, last, arena);
    }
}
