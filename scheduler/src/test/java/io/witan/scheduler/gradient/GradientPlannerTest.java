package io.witan.scheduler.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.gradient.GradientHost.Dense;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.DegreeSearch;
import io.witan.scheduler.pipeline.MoeWork;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GradientPlannerTest {
    private static final LinearTime ONE_MS_PER_KILOBYTE = new LinearTime(0.5, 1e-3);

    @Test
    void whatFitsAWindowTravelsFreeAndTheRestAtTheEnd() {
        GradientProblem problem = new GradientProblem(
                List.of(new GradientSegment(new Dense(4.5), 16_000), new GradientSegment(new Dense(2.5), 0)),
                ONE_MS_PER_KILOBYTE);
        GradientPlan plan = GradientPlanner.greedy(problem);
        assertThat(plan.slices())
                .containsExactly(
                        new GradientSlice(0, 0, 4000),
                        new GradientSlice(1, 4000, 6000),
                        new GradientSlice(2, 6000, 16_000));
        assertThat(plan.totalMs()).isCloseTo(7 + 10.5, within(1e-9));
        assertThat(plan.exposedMs()).isCloseTo(10.5, within(1e-9));
        // One all-reduce less: the rest travels in the second segment, beyond its window.
        assertThat(GradientPlanner.plan(problem).totalMs()).isLessThanOrEqualTo(4.5 + 12.5 + 0.1);
    }

    @Test
    void aWindowNoLongerThanTheStartUpIsUseless() {
        GradientProblem problem = new GradientProblem(
                List.of(new GradientSegment(new Dense(0.5), 3200), new GradientSegment(new Dense(9), 0)),
                ONE_MS_PER_KILOBYTE);
        assertThat(GradientPlanner.greedy(problem).slices()).containsExactly(new GradientSlice(1, 0, 3200));
        assertThat(GradientPlanner.plan(problem).exposedMs()).isZero();
    }

    @Test
    void leftOversOfGreedyAreOfTheOldestGradientsAsTheNewestGoFirst() {
        GradientProblem problem = new GradientProblem(
                List.of(
                        new GradientSegment(new Dense(0), 1600),
                        new GradientSegment(new Dense(0), 3200),
                        new GradientSegment(new Dense(3.7), 0)),
                ONE_MS_PER_KILOBYTE);
        GreedyPartition greedy = GreedyPartition.of(problem);
        assertThat(greedy.sent()).containsExactly(0, 0, 3200);
        assertThat(greedy.left()).containsExactly(1600, 0, 0);
    }

    @Test
    void oddBytesGoAtTheEnd() {
        GradientProblem problem =
                new GradientProblem(List.of(new GradientSegment(new Dense(100), 1003)), ONE_MS_PER_KILOBYTE);
        assertThat(GradientPlanner.greedy(problem).slices())
                .containsExactly(new GradientSlice(0, 0, 992), new GradientSlice(1, 992, 1003));
    }

    @Test
    void nothingToSendIsNoSlice() {
        GradientProblem problem =
                new GradientProblem(List.of(new GradientSegment(new Dense(1), 0)), ONE_MS_PER_KILOBYTE);
        for (GradientPlan plan : List.of(GradientPlanner.plan(problem), EvolvedPartition.plan(problem))) {
            assertThat(plan.slices()).isEmpty();
            assertThat(plan.totalMs()).isEqualTo(1);
            assertThat(plan.exposedMs()).isZero();
        }
    }

    @Test
    void evolutionFindsThatOneSlotIsBetterThanTwo() {
        // Both layers have no window; each all-reduce costs its start-up of 5 ms.
        MoeWork.Part nothing = new MoeWork.Part(LinearTime.ZERO, 0);
        GradientHost empty = new GradientHost.Moe(new MoeWork(nothing, nothing, nothing, nothing), 1);
        GradientProblem problem = new GradientProblem(
                List.of(new GradientSegment(empty, 1600), new GradientSegment(empty, 1600)), new LinearTime(5, 1e-3));
        assertThat(EvolvedPartition.plan(problem).totalMs()).isLessThan(13.3);
        assertThat(GradientPlanner.plan(problem).totalMs()).isCloseTo(8.2, within(0.01));
        assertThat(EvolvedPartition.plan(problem)).isEqualTo(EvolvedPartition.plan(problem));
    }

    @Test
    void differentialEvolutionFindsTheBottomOfACurvedValley() {
        double[] found = DifferentialEvolution.PAPER.minimise(
                x -> 100 * Math.pow(x[1] - x[0] * x[0], 2) + Math.pow(1 - x[0], 2), new double[] {2, 2});
        assertThat(found[0]).isCloseTo(1, within(1e-3));
        assertThat(found[1]).isCloseTo(1, within(1e-3));
        double[] corner = DifferentialEvolution.PAPER.minimise(x -> x[0] - x[1] + x[2], new double[] {3, 5, 7});
        assertThat(corner[0]).isCloseTo(0, within(1e-2));
        assertThat(corner[1]).isCloseTo(5, within(1e-2));
        assertThat(corner[2]).isCloseTo(0, within(1e-2));
    }

    @Test
    void aModelOf48LayersIsPlannedAndItsTimePrinted() {
        Random random = new Random(3);
        MoeWork backward = Problems.work(random);
        double least = Double.POSITIVE_INFINITY;
        GradientPlan plan = null;
        for (int i = 0; i < 10; i++) {
            GradientProblem problem = Problems.model(48, backward, 0.8 + i * 1e-3, 20 << 20, new LinearTime(0.1, 2e-7));
            long start = System.nanoTime();
            plan = GradientPlanner.plan(problem);
            double ms = (System.nanoTime() - start) / 1e6;
            System.out.printf("48 layers planned in %.1f ms%n", ms);
            least = Math.min(least, ms);
        }
        System.out.printf("least %.1f ms%n", least);
        assertThat(plan.slices().getLast().toByte()).isEqualTo(48L * (20 << 20));
    }

    @Test
    void aLayerTakesWhatTheEventModelSaysWithTheBestDegreeForEachAllReduce() {
        Random random = new Random(9);
        for (int i = 0; i < 500; i++) {
            MoeWork work = Problems.work(random);
            GradientHost.Moe host = new GradientHost.Moe(work, 6);
            double gradient = 4 * random.nextDouble();
            int[] degrees = DegreeSearch.upTo(6);
            assertThat(host.ms(gradient))
                    .isCloseTo(
                            DegreeSearch.best(work, gradient, degrees, Contention.NONE)
                                    .ms(),
                            within(1e-9));
            assertThat(host.ms(host.windowMs())).isCloseTo(host.ms(0), within(1e-9));
            assertThat(DegreeSearch.best(work, host.windowMs() + 0.1, degrees, Contention.NONE)
                            .ms())
                    .isGreaterThan(host.ms(0));
        }
    }

    @Test
    void wrongPlansAreRefused() {
        GradientProblem problem = new GradientProblem(
                List.of(new GradientSegment(new Dense(1), 64), new GradientSegment(new Dense(1), 64)),
                ONE_MS_PER_KILOBYTE);
        assertThatThrownBy(() -> problem.plan(new long[] {80, 0})).hasMessageContaining("segment 0 should send 80 B");
        assertThatThrownBy(() -> problem.plan(new long[] {8, 0})).hasMessageContaining("multiples of 16");
        assertThatThrownBy(() -> problem.plan(new long[] {0})).hasMessageContaining("1 segments");
        assertThatThrownBy(() -> new GradientProblem(List.of(), ONE_MS_PER_KILOBYTE))
                .hasMessageContaining("no segment");
        assertThatThrownBy(() -> new GradientSegment(new Dense(1), -1)).hasMessageContaining("-1 B");
        assertThatThrownBy(() -> new Dense(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> GradientPlanner.onGrid(problem, 0)).hasMessageContaining("0 units");
    }
}
