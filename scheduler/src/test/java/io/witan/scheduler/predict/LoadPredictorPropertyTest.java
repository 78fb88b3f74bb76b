package io.witan.scheduler.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class LoadPredictorPropertyTest {
    private static final int LAYERS = 2;
    private static final int EXPERTS = 3;

    @Provide
    Arbitrary<List<long[][]>> steps() {
        return Arbitraries.longs()
                .between(0, Long.MAX_VALUE / 7 / EXPERTS)
                .array(long[].class)
                .ofSize(EXPERTS)
                .array(long[][].class)
                .ofSize(LAYERS)
                .list()
                .ofMaxSize(15);
    }

    @Property(tries = 250)
    void predictionIsTheSumOverTheWindow(
            @ForAll("steps") List<long[][]> steps, @ForAll @IntRange(min = 1, max = 7) int window) {
        LoadPredictor predictor = new LoadPredictor(LAYERS, EXPERTS, window);
        for (int step = 0; step < steps.size(); step++) {
            predictor.record(steps.get(step));

            List<long[][]> last = steps.subList(Math.max(0, step + 1 - window), step + 1);
            long[][] predicted = predictor.predict();
            for (int l = 0; l < LAYERS; l++) {
                for (int e = 0; e < EXPERTS; e++) {
                    int layer = l;
                    int expert = e;
                    assertThat(predicted[l][e])
                            .isEqualTo(last.stream()
                                    .mapToLong(s -> s[layer][expert])
                                    .sum());
                }
            }
        }
    }

    @Property(tries = 250)
    void aResumedPredictorGoesOnExactlyAlike(
            @ForAll("steps") List<long[][]> steps,
            @ForAll @IntRange(min = 1, max = 7) int window,
            @ForAll @IntRange(min = 0, max = 15) int stop) {
        LoadPredictor whole = new LoadPredictor(LAYERS, EXPERTS, window);
        LoadPredictor first = new LoadPredictor(LAYERS, EXPERTS, window);
        int cut = Math.min(stop, steps.size());
        for (long[][] step : steps.subList(0, cut)) {
            whole.record(step);
            first.record(step);
        }
        LoadPredictor resumed = LoadPredictor.resume(LAYERS, EXPERTS, window, first.history());
        assertThat(resumed.predict()).isEqualTo(whole.predict());
        for (long[][] step : steps.subList(cut, steps.size())) {
            whole.record(step);
            resumed.record(step);
            assertThat(resumed.predict()).isEqualTo(whole.predict());
        }
    }
}
