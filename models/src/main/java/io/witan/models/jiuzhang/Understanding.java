package io.witan.models.jiuzhang;

import io.witan.kernels.Kernels;
import io.witan.models.seq2seq.SideHead;
import io.witan.models.seq2seq.SideRows;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Decoder U: goes on where the encoder ends, with dense blocks that see the whole row. */
final class Understanding {
    private final Kernels kernels;
    private final List<DenseBlock> blocks;
    private final SideHead head;
    private final int width;

    Understanding(Kernels kernels, List<DenseBlock> blocks, SideHead head, int width) {
        this.kernels = kernels;
        this.blocks = List.copyOf(blocks);
        this.head = head;
        this.width = width;
    }

    List<Parameter> matrices() {
        return blocks.stream().flatMap(block -> block.matrices().stream()).toList();
    }

    /** Outputs of some rows, and what their backward needs. */
    private record Run(SelectedRows selected, Ragged rows, List<DenseBlock.Forward> forwards, MemorySegment out) {}

    private Run run(MemorySegment encoded, SideRows side, Pass pass, StepArena arena) {
        SelectedRows selected = new SelectedRows(kernels, side.tokens(), width, arena);
        Ragged rows = side.encoder();
        MemorySegment x = selected.of(encoded, arena);
        List<DenseBlock.Forward> forwards = new ArrayList<>(blocks.size());
        for (DenseBlock block : blocks) {
            DenseBlock.Forward forward = block.forward(x, rows, pass, arena);
            forwards.add(forward);
            x = forward.output();
        }
        return new Run(selected, rows, forwards, x);
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
    int[] train(
            MemorySegment encoded,
            SideRows side,
            float[] factors,
            MemorySegment dEncoded,
            double[] ofRows,
            StepArena arena) {
        Run run = run(encoded, side, Pass.TRAIN, arena);
        int[] told = head.mostLikely(run.out, side.blanks(), arena);
        MemorySegment d = arena.floats((long) run.rows.rows() * width);
        head.lossAndGradient(run.out, side, factors, d, ofRows, arena);
        for (int l = blocks.size() - 1; l >= 0; l--) {
            blocks.get(l).backward(run.forwards.get(l), d, run.rows, arena);
        }
        run.selected.addTo(dEncoded, d);
        return told;
    }

    /** As {@link #train} without gradients. */
    int[] evaluate(MemorySegment encoded, SideRows side, double[] ofRows, StepArena arena) {
        MemorySegment out = run(encoded, side, Pass.EVALUATE, arena).out;
        head.loss(out, side, ofRows, arena);
        return head.mostLikely(out, side.blanks(), arena);
    }

    /** Logits of some ids at the start of each row, [rows][ids of the row]. */
    float[][] atStart(MemorySegment encoded, SideRows side, List<int[]> ids, StepArena arena) {
        Run run = run(encoded, side, Pass.EVALUATE, arena);
        int[] starts =
                IntStream.range(0, run.rows.sequences()).map(run.rows::begin).toArray();
        return head.logits(run.out, starts, ids, arena);
    }
}
