package io.witan.models.jiuzhang.refine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NeighboursTest {
    private static final int SIZE = 5;

    private static float[][] vectors(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] vectors = new float[count][SIZE];
        for (float[] vector : vectors) {
            for (int i = 0; i < SIZE; i++) {
                vector[i] = (float) (10 + random.nextDouble());
            }
        }
        return vectors;
    }

    /** Cosine of differences from the mean, written plainly. */
    private static double cosine(float[][] all, float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < SIZE; i++) {
            double mean = 0;
            for (float[] vector : all) {
                mean += vector[i];
            }
            mean /= all.length;
            dot += (a[i] - mean) * (b[i] - mean);
            aa += (a[i] - mean) * (a[i] - mean);
            bb += (b[i] - mean) * (b[i] - mean);
        }
        return dot / Math.sqrt(aa * bb);
    }

    @Test
    void theNearestAreThoseOfAPlainSearch() {
        float[][] all = vectors(50, 1);
        Neighbours neighbours = new Neighbours(all);
        for (float[] query : vectors(10, 2)) {
            List<Integer> left = new ArrayList<>();
            for (int n = 0; n < all.length; n += 2) {
                left.add(n);
            }
            List<Integer> wanted = new ArrayList<>();
            while (wanted.size() < 4) {
                int best = left.getFirst();
                for (int n : left) {
                    best = cosine(all, all[n], query) > cosine(all, all[best], query) ? n : best;
                }
                wanted.add(best);
                left.remove(Integer.valueOf(best));
            }
            assertThat(neighbours.nearest(query, 4, n -> n % 2 == 0))
                    .containsExactly(wanted.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void fewerThanWantedAreAllThereAre() {
        Neighbours neighbours = new Neighbours(vectors(3, 1));
        assertThat(neighbours.nearest(new float[SIZE], 4, _ -> true)).hasSize(3);
        assertThat(neighbours.nearest(new float[SIZE], 4, _ -> false)).isEmpty();
        assertThat(new Neighbours(vectors(1, 1)).nearest(new float[SIZE], 2, _ -> true))
                .containsExactly(0);
    }
}
