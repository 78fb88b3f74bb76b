package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.lanes.Contention;
import org.junit.jupiter.api.Test;

class DegreeSearchTest {
    private static final LinearTime FREE_START = new LinearTime(0, 1);

    @Test
    void degreesToTry() {
        assertThat(DegreeSearch.upTo(4)).containsExactly(1, 2, 3, 4);
        assertThat(DegreeSearch.dividing(12, 8)).containsExactly(1, 2, 3, 4, 6);
        assertThat(DegreeSearch.dividing(1, 8)).containsExactly(1);
        assertThat(DegreeSearch.dividing(7, 6)).containsExactly(1);
    }

    @Test
    void withoutStartUpMoreChunksAreBetterAndWithOnlyStartUpOneIs() {
        MoeWork.Part free = new MoeWork.Part(FREE_START, 10);
        assertThat(best(new MoeWork(free, free, free, free)).degree()).isEqualTo(8);
        MoeWork.Part start = new MoeWork.Part(new LinearTime(5, 0), 10);
        assertThat(best(new MoeWork(start, start, start, start)).degree()).isEqualTo(1);
    }

    @Test
    void equalTimesGoToFewerChunks() {
        MoeWork.Part nothing = new MoeWork.Part(LinearTime.ZERO, 0);
        MoeWork.Part work = new MoeWork.Part(FREE_START, 10);
        assertThat(best(new MoeWork(nothing, nothing, work, nothing))).isEqualTo(new DegreeChoice(1, 10));
    }

    @Test
    void wrongDegreesAreRefused() {
        MoeWork.Part work = new MoeWork.Part(FREE_START, 10);
        MoeWork layer = new MoeWork(work, work, work, work);
        assertThatThrownBy(() -> DegreeSearch.best(layer, 0, new int[0], Contention.NONE))
                .hasMessageContaining("no degree");
        assertThatThrownBy(() -> DegreeSearch.best(layer, 0, new int[] {0}, Contention.NONE))
                .hasMessageContaining("degree 0");
        assertThatThrownBy(() -> DegreeSearch.upTo(0)).hasMessageContaining("largest degree 0");
        assertThatThrownBy(() -> DegreeSearch.dividing(0, 4)).hasMessageContaining("rows of an expert 0");
    }

    private static DegreeChoice best(MoeWork work) {
        return DegreeSearch.best(work, 0, DegreeSearch.upTo(8), Contention.NONE);
    }
}
