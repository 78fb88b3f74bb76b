package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.lanes.Contention;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class PaperDegreePropertyTest {
    private static final int[] POWERS = {1, 2, 4, 8};
    private static final double ROUNDING = 1e-9;

    @Property(tries = 200)
    void tryingAllIsNeverWorseThanThePapersWay(
            @ForAll long seed, @ForAll @DoubleRange(min = 0.5, max = 2) double ratio) {
        Random random = new Random(seed);
        MoeWork work = Draws.work(random, ratio);
        double gradient = Draws.gradientMs(random);
        DegreeChoice paper = PaperDegree.best(work, gradient);
        assertThat(POWERS).contains(paper.degree());
        DegreeChoice exact = DegreeSearch.best(work, gradient, DegreeSearch.upTo(8), Contention.NONE);
        assertThat(exact.ms())
                .isLessThanOrEqualTo(PipelineTime.idealMs(work.chunk(paper.degree()), gradient) + ROUNDING);
    }

    /** Thousands of degrees in each region, none better than the one found. */
    @Property(tries = 200)
    void noRealDegreeOfARegionIsBetterThanItsOptimum(@ForAll long seed) {
        Random random = new Random(seed);
        MoeWork work = Draws.work(random, 1);
        double gradient = Draws.gradientMs(random);
        for (PaperRegion region : PaperRegion.of(work, gradient)) {
            double optimum = region.optimum(8, 1e-5);
            for (double degree = 1; degree <= 8; degree += 0.01) {
                if (region.holds(degree, 0)) {
                    assertThat(region.objective().at(optimum))
                            .isLessThanOrEqualTo(region.objective().at(degree) + 1e-4);
                }
            }
        }
    }

    @Property(tries = 500)
    void everyRealDegreeLiesInTheRegionOfItsCaseAndItsObjectiveIsTheCasesTime(
            @ForAll long seed, @ForAll @DoubleRange(min = 1, max = 12) double degree) {
        Random random = new Random(seed);
        MoeWork work = Draws.work(random, 1);
        double gradient = Draws.gradientMs(random);
        ChunkTimes chunk = work.chunk(degree);
        PaperCase expected = PaperCase.of(chunk, gradient);
        double ms = expected.ms(chunk, gradient);
        assertThat(PaperRegion.of(work, gradient).stream()
                        .filter(region -> region.form() == expected && region.holds(degree, ROUNDING * (1 + ms)))
                        .mapToDouble(region -> region.objective().at(degree)))
                .isNotEmpty()
                .allSatisfy(at -> assertThat(at).isCloseTo(ms, within(ROUNDING * (1 + ms))));
    }

    /** Where the paper's model is exact, its way mostly finds the best power of two, and is seldom far from it. */
    @Test
    void thePapersWayMostlyFindsTheBestPowerOfTwo() {
        Random random = new Random(11);
        int found = 0;
        double worst = 1;
        for (int i = 0; i < 300; i++) {
            MoeWork work = Draws.work(random, 1);
            double gradient = Draws.gradientMs(random);
            double best =
                    DegreeSearch.best(work, gradient, POWERS, Contention.NONE).ms();
            double paper = PipelineTime.idealMs(
                    work.chunk(PaperDegree.best(work, gradient).degree()), gradient);
            found += paper <= best * (1 + ROUNDING) ? 1 : 0;
            worst = Math.max(worst, best == 0 ? 1 : paper / best);
        }
        System.out.println("best power of two found in " + found + " of 300 layers, at worst " + worst + " x its time");
        assertThat(found).isGreaterThan(270);
    }
}
