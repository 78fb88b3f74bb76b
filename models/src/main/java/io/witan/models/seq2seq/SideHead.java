package io.witan.models.seq2seq;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.LogitBlock;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.SelectedRows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The projection of a side's outputs to the vocabulary, at those that have a target. */
public final class SideHead {
    private final Kernels kernels;
    private final LanguageModelHead head;
    private final int width;
    private final int vocabulary;

    /**
     * @param width D
     * @param vocabulary V
     */
    public SideHead(Kernels kernels, LanguageModelHead head, int width, int vocabulary) {
        this.kernels = kernels;
        this.head = head;
        this.width = width;
        this.vocabulary = vocabulary;
    }

    /** Outputs and their targets. */
    private record Chosen(int[] outputs, int[] targets, int[] rows) {
        static Chosen of(SideRows side, int[] rows) {
            return new Chosen(
                    IntStream.of(rows)
                            .flatMap(row -> IntStream.of(side.predicted(row)))
                            .toArray(),
                    IntStream.of(rows)
                            .flatMap(row ->
                                    IntStream.of(side.rows().get(row).targets()).filter(id -> id >= 0))
                            .toArray(),
                    IntStream.of(rows)
                            .flatMap(row -> IntStream.of(side.rows().get(row).targets())
                                    .filter(id -> id >= 0)
                                    .map(_ -> side.numbers()[row]))
                            .toArray());
        }
    }

    /**
     * Losses without gradients.
     *
     * @param x [outputs, D]
     * @param ofRows [rows of the pass], adds the loss of each row
     */
    public void loss(MemorySegment x, SideRows side, double[] ofRows, StepArena arena) {
        Chosen chosen = Chosen.of(side, IntStream.range(0, side.rows().size()).toArray());
        int count = chosen.outputs.length;
        if (count == 0) {
            return;
        }
        MemorySegment selected = new SelectedRows(kernels, chosen.outputs, width, arena).of(x, arena);
        add(head.loss(selected, ints(chosen.targets, arena), count, arena), chosen, ofRows, arena);
    }

    /**
     * Losses and all gradients of the head.
     *
     * @param factors [rows of the pass] on the gradient of each row's loss
     * @param dx [outputs, D], out
     */
    public void lossAndGradient(
            MemorySegment x, SideRows side, float[] factors, MemorySegment dx, double[] ofRows, StepArena arena) {
        kernels.vector().zero(dx, (long) side.outputs().rows() * width);
        // The kernel has one factor for all its rows: one call for each.
        Map<Float, List<Integer>> byFactor = new TreeMap<>();
        for (int row = 0; row < side.rows().size(); row++) {
            byFactor.computeIfAbsent(factors[side.numbers()[row]], _ -> new ArrayList<>())
                    .add(row);
        }
        byFactor.forEach((factor, rows) -> {
            Chosen chosen =
                    Chosen.of(side, rows.stream().mapToInt(Integer::intValue).toArray());
            int count = chosen.outputs.length;
            if (count > 0) {
                SelectedRows selected = new SelectedRows(kernels, chosen.outputs, width, arena);
                MemorySegment d = arena.floats((long) count * width);
                LanguageModelHead.Losses losses = head.lossAndGradient(
                        selected.of(x, arena), ints(chosen.targets, arena), factor, d, count, arena);
                selected.addTo(dx, d);
                add(losses, chosen, ofRows, arena);
            }
        });
    }

    private static void add(LanguageModelHead.Losses losses, Chosen chosen, double[] ofRows, StepArena arena) {
        MemorySegment each = arena.toHost(losses.ofRows());
        for (int i = 0; i < chosen.rows.length; i++) {
            ofRows[chosen.rows[i]] += each.getAtIndex(JAVA_FLOAT, i);
        }
    }

    /** The most likely ids at some outputs of x [outputs, D]. */
    public int[] mostLikely(MemorySegment x, int[] outputs, StepArena arena) {
        int[] told = new int[outputs.length];
        visit(x, outputs, arena, (index, logits) -> told[index] = greatest(logits, 0, vocabulary));
        return told;
    }

    /** Logits at some outputs, [outputs][ids of the output]. @param ids of each output, those that are wanted */
    public float[][] logits(MemorySegment x, int[] outputs, List<int[]> ids, StepArena arena) {
        float[][] logits = new float[outputs.length][];
        visit(x, outputs, arena, (index, all) -> {
            int[] wanted = ids.get(index);
            logits[index] = new float[wanted.length];
            for (int i = 0; i < wanted.length; i++) {
                logits[index][i] = all.getAtIndex(JAVA_FLOAT, wanted[i]);
            }
        });
        return logits;
    }

    private interface Visitor {
        /** @param logits [V] */
        void row(int index, MemorySegment logits);
    }

    private void visit(MemorySegment x, int[] outputs, StepArena arena, Visitor visitor) {
        int block = LogitBlock.rows(vocabulary);
        for (int from = 0; from < outputs.length; from += block) {
            int count = Math.min(block, outputs.length - from);
            StepArena.Mark mark = arena.mark();
            int[] some = Arrays.copyOfRange(outputs, from, from + count);
            MemorySegment selected = new SelectedRows(kernels, some, width, arena).of(x, arena);
            MemorySegment logits = arena.toHost(head.logitsOf(selected, count, arena));
            for (int i = 0; i < count; i++) {
                long bytes = (long) vocabulary * Float.BYTES;
                visitor.row(from + i, logits.asSlice(i * bytes, bytes));
            }
            arena.release(mark);
        }
    }

    private static int greatest(MemorySegment values, int from, int to) {
        int best = from;
        for (int i = from + 1; i < to; i++) {
            best = values.getAtIndex(JAVA_FLOAT, i) > values.getAtIndex(JAVA_FLOAT, best) ? i : best;
        }
        return best;
    }

    private static MemorySegment ints(int[] values, StepArena arena) {
        MemorySegment ints = arena.hostInts(values.length);
        MemorySegment.copy(values, 0, ints, JAVA_INT, 0, values.length);
        return arena.toKernels(ints);
    }
}
