package io.witan.scheduler.pipeline;

import io.witan.scheduler.lanes.Contention;
import java.util.stream.IntStream;

/** The degree of a layer by trying all: exact by the event model, ties to fewer chunks. */
public final class DegreeSearch {
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

    private static void requirePositive(int number, String name) {
        if (number < 1) {
            throw new IllegalArgumentException(name + " " + number + "; allowed 1 or more");
        }
    }
}
