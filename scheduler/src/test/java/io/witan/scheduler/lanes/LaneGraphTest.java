package io.witan.scheduler.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LaneGraphTest {
    private static final double EXACT = 1e-9;

    @Test
    void twoLanesSlowEachOtherWhileBothAreBusy() {
        LaneGraph graph = new LaneGraph();
        int send = graph.add(Lane.INTER_NODE, 10, 0);
        int compute = graph.add(Lane.COMPUTE, 4, 0);
        LaneRun run = graph.run(new Contention(0, 0.5, 0));
        assertThat(run.endMs(compute)).isCloseTo(6, within(EXACT));
        assertThat(run.endMs(send)).isCloseTo(12, within(EXACT));
        assertThat(run.makespanMs()).isCloseTo(12, within(EXACT));
        assertThat(Contention.factorOf(10, 4, run.makespanMs())).isCloseTo(0.5, within(EXACT));
    }

    @Test
    void factorsOfThreeLanesAddUp() {
        LaneGraph graph = new LaneGraph();
        int inter = graph.add(Lane.INTER_NODE, 1, 0);
        int intra = graph.add(Lane.INTRA_NODE, 1, 0);
        int compute = graph.add(Lane.COMPUTE, 1, 0);
        LaneRun run = graph.run(new Contention(0.1, 0.2, 0.4));
        // Inter goes on at 1/1.3, so it ends first; then intra has 1 - 1.3/1.5 left at 1/1.4, compute 1 - 1.3/1.6.
        assertThat(run.endMs(inter)).isCloseTo(1.3, within(EXACT));
        assertThat(run.endMs(intra)).isCloseTo(1.3 + (1 - 1.3 / 1.5) * 1.4, within(EXACT));
        double left = 1 - 1.3 / 1.6 - (1 - 1.3 / 1.5);
        assertThat(run.endMs(compute)).isCloseTo(1.3 + (1 - 1.3 / 1.5) * 1.4 + left, within(EXACT));
    }

    @Test
    void aFreeLaneStartsWhatCanByPriorityThenByAge() {
        LaneGraph graph = new LaneGraph();
        int late = graph.add(Lane.COMPUTE, 1, 5);
        int early = graph.add(Lane.COMPUTE, 1, 1);
        int alsoEarly = graph.add(Lane.COMPUTE, 1, 1);
        int urgentButBlocked = graph.add(Lane.COMPUTE, 1, 0, early);
        LaneRun run = graph.run(Contention.NONE);
        assertThat(run.startMs(early)).isZero();
        assertThat(run.startMs(urgentButBlocked)).isEqualTo(1);
        assertThat(run.startMs(alsoEarly)).isEqualTo(2);
        assertThat(run.startMs(late)).isEqualTo(3);
    }

    @Test
    void tasksInOrderWaitForEachOtherEvenIfALaterOneCouldStart() {
        LaneGraph graph = new LaneGraph();
        int slow = graph.addInOrder(Lane.COMPUTE, 5);
        int first = graph.addInOrder(Lane.INTER_NODE, 1, slow);
        int second = graph.addInOrder(Lane.INTER_NODE, 1);
        LaneRun run = graph.run(Contention.NONE);
        assertThat(run.startMs(first)).isEqualTo(5);
        assertThat(run.startMs(second)).isEqualTo(6);
    }

    @Test
    void nothingTakesNoTimeAndTasksOfNoTimeEndAtOnce() {
        assertThat(new LaneGraph().run(Contention.NONE).makespanMs()).isZero();
        LaneGraph graph = new LaneGraph();
        int first = graph.add(Lane.COMPUTE, 0, 0);
        graph.add(Lane.INTER_NODE, 0, 0, first);
        assertThat(graph.run(Contention.uniform(1)).makespanMs()).isZero();
    }

    @Test
    void aPairThatTookNoLongerThanTheLongerAloneDoesNotDisturbItself() {
        assertThat(Contention.factorOf(3, 2, 2.9)).isZero();
        assertThat(Contention.factorOf(3, 3, 6)).isCloseTo(1, within(EXACT));
    }

    @Test
    void wrongNumbersAreRefused() {
        LaneGraph graph = new LaneGraph();
        assertThatThrownBy(() -> graph.add(Lane.COMPUTE, -1, 0)).hasMessageContaining("-1.0 ms");
        assertThatThrownBy(() -> graph.add(Lane.COMPUTE, Double.NaN, 0)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> graph.add(Lane.COMPUTE, 1, 0, 0)).hasMessageContaining("after task 0");
        assertThatThrownBy(() -> Contention.uniform(-0.1)).hasMessageContaining("-0.1");
        assertThatThrownBy(() -> Contention.factorOf(0, 1, 1)).hasMessageContaining("0.0 ms");
    }
}
