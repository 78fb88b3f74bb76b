package io.witan.scheduler.pipeline;

import io.witan.scheduler.lanes.Contention;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The degree of a layer by trying all: exact by the event model, ties to fewer chunks. */
public final class DegreeSearch {
    private static final int MOST_PIECES = 16;

    private DegreeSearch() {}

    /** Degrees 1 .. largest: chunks may differ by one row. */
    public static int[] upTo(int largest) {
        requirePositive(largest, "largest degree");
        int[] degrees = new int[largest];
        for (int i = 0; i < largest; i++) {
            degrees[i] = i + 1;
        }
        return degrees;
    }

    /** Degrees up to the largest that divide the rows of an expert: all chunks are equal. */
    public static int[] dividing(int rows, int largest) {
        requirePositive(rows, "rows of an expert");
        requirePositive(largest, "largest degree");
        return IntStream.rangeClosed(1, Math.min(rows, largest))
                .filter(degree -> rows % degree == 0)
                .toArray();
    }

    /**
     * @param work of one direction; the other has its own degree
     * @param gradientMs all-reduce placed in the layer, 0 for none
     * @param degrees to try, ascending, 1 or more each
     * @throws IllegalArgumentException without a degree, or for one below 1
     */
    public static DegreeChoice best(MoeWork work, double gradientMs, int[] degrees, Contention contention) {
        if (degrees.length == 0) {
            throw new IllegalArgumentException("no degree to choose from");
        }
        DegreeChoice best = null;
        for (int degree : degrees) {
            requirePositive(degree, "degree");
            double ms = PipelineTime.ms(work.chunk(degree), gradientMs, contention);
            if (best == null || ms < best.ms()) {
                best = new DegreeChoice(degree, ms);
            }
        }
        return best;
    }

    /**
     * Degrees of both directions of a layer together, among the powers of two up to 16: its rows are cut
     * once, for both, into as many pieces as the larger degree. All pairs are tried; ties go to fewer pieces, then to fewer chunks.
     */
    public static PipelineDegrees best(MoeWork forward, MoeWork backward, Contention contention) {
        PipelineDegrees best = PipelineDegrees.SERIAL;
        double least = Double.POSITIVE_INFINITY;
        for (int pieces = 1; pieces <= MOST_PIECES; pieces *= 2) {
            double[] forwardMs = byDegree(forward, pieces, contention);
            double[] backwardMs = byDegree(backward, pieces, contention);
            for (PipelineDegrees degrees : ofPieces(pieces)) {
                double ms = forwardMs[log2(degrees.forward())] + backwardMs[log2(degrees.backward())];
                if (ms < least) {
                    least = ms;
                    best = degrees;
                }
            }
        }
        return best;
    }

    /** Times with the degrees 1, 2, 4, ..., pieces. */
    private static double[] byDegree(MoeWork work, int pieces, Contention contention) {
        double[] ms = new double[log2(pieces) + 1];
        Arrays.setAll(ms, power -> PipelineTime.ms(work.chunk(1 << power, pieces), 0, contention));
        return ms;
    }

    /** All powers of two with so many pieces, those with fewer messages first. */
    private static List<PipelineDegrees> ofPieces(int pieces) {
        List<PipelineDegrees> all = new ArrayList<>();
        for (int smaller = 1; smaller < pieces; smaller *= 2) {
            all.add(new PipelineDegrees(smaller, pieces));
            all.add(new PipelineDegrees(pieces, smaller));
        }
        all.add(new PipelineDegrees(pieces, pieces));
        return all;
    }

    private static int log2(int power) {
        return Integer.numberOfTrailingZeros(power);
    }

    private static void requirePositive(int number, String name) {
        if (number < 1) {
            throw new IllegalArgumentException(name + " " + number + "; allowed 1 or more");
        }
    }
}
