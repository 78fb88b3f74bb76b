package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemSplit;
import io.witan.models.seq2seq.RowSource;
import io.witan.runtime.data.WindowOrder;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;

/** Rows of a stage of pre-training: each problem once an epoch in a seeded order, damaged otherwise in every epoch. */
public final class PretrainingSource implements RowSource<Row> {
    private final ProblemSplit split;
    private final PretrainingRows rows;
    private final long seed;

    /** @param seed of order and draws; what is held back is damaged in the same way for every seed */
    public PretrainingSource(ProblemSplit split, PretrainingRows rows, long seed) {
        this.split = split;
        this.rows = rows;
        this.seed = seed;
    }

    @Override
    public Row train(long number) {
        return rows.row(inOrder(split.train(), seed, number), new Draws(seed, number));
    }

    @Override
    public int validationRows() {
        return split.heldBack().size();
    }

    @Override
    public Row validation(int number) {
        return rows.row(inOrder(split.heldBack(), 0, number), new Draws(0, number));
    }

    /** The problem at a place of epochs, each of which has every problem once. */
    static Problem inOrder(List<Problem> problems, long seed, long number) {
        return problems.get((int) WindowOrder.inEpochs(seed, problems.size(), number));
    }

    @Override
    public String describe() {
        return split.train().size() + " problems to train on, "
                + split.heldBack().size() + " held back";
    }
}
