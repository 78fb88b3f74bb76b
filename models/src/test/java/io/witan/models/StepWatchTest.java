package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepWatchTest {
    private final List<Long> heard = new ArrayList<>();
    private int forgotten;
    private long step;

    private final class Hears implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            heard.add(result.step());
        }

        @Override
        public void validated(long step, Evaluator.Result result) {
            heard.add(-step);
        }

        @Override
        public void checkpointed(long step, Path folder) {
            heard.add(-step);
        }
    }

    @Test
    void shouldForgetTheProfileOnceWhenStepsDrift() {
        StepWatch watch = new StepWatch(new Hears(), () -> forgotten++);
        steps(watch, 100, 0.9);
        steps(watch, 200, 0.1);
        assertThat(forgotten).as("code that is compiled is no drift").isZero();
        steps(watch, 100, 0.15);
        assertThat(forgotten).isEqualTo(1);
        steps(watch, 200, 0.15);
        assertThat(forgotten).isEqualTo(1);

        watch.validated(3, null);
        watch.checkpointed(4, folder());
        assertThat(heard).hasSize(602).startsWith(1L, 2L).endsWith(-3L, -4L);
    }

    private static Path folder() {
        return Path.of("checkpoint");
    }

    private void steps(StepWatch watch, int count, double seconds) {
        for (int i = 0; i < count; i++) {
            watch.stepCompleted(new StepResult(
                    ++step,
                    1,
                    1,
                    0,
                    1,
                    0.1,
                    false,
                    1,
                    seconds * (1 + 0.01 * (i % 3)),
                    new StepResult.StepTraffic(0, 0, 0, 0, 0),
                    new long[0][],
                    new long[0][],
                    List.of(),
                    List.of(),
                    List.of()));
        }
    }
}
