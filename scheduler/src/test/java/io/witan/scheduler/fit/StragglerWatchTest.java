package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.Straggler.News;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Own times of four ranks of about 0.1 s each, of which rank 2's are multiplied by what a test wants. */
class StragglerWatchTest {
    private static final int RANKS = 4;
    private static final int SLOW = 2;
    private static final double NOISE = 0.1;

    private final StragglerWatch watch = new StragglerWatch(RANKS);
    private final SplittableRandom random = new SplittableRandom(7);
    private final List<Integer> toldAfter = new ArrayList<>();
    private int steps;

    /** All that was told in steps 1 .. count, and after which steps. */
    private List<Straggler> run(int count, IntToDoubleFunction factor) {
        List<Straggler> news = new ArrayList<>();
        for (int step = 1; step <= count; step++) {
            double[] own = new double[RANKS];
            Arrays.setAll(own, rank -> 0.1 * random.nextDouble(1 - NOISE, 1 + NOISE));
            own[SLOW] = 0.1 * factor.applyAsDouble(step);
            steps++;
            List<Straggler> now = watch.observe(own);
            now.forEach(_ -> toldAfter.add(steps));
            news.addAll(now);
        }
        return news;
    }

    @Test
    void shouldTellASlowRankOnceWithItsFactor() {
        List<Straggler> news = run(200, _ -> 1.5);
        assertThat(news).hasSize(1);
        assertThat(news.getFirst().rank()).isEqualTo(SLOW);
        assertThat(news.getFirst().news()).isEqualTo(News.SLOW);
        assertThat(news.getFirst().factor()).isCloseTo(1.5, within(1.5 * NOISE));
        assertThat(news.getFirst().ownSeconds()).isEqualTo(0.15, within(1e-12));
        assertThat(news.getFirst().medianSeconds()).isCloseTo(0.1, within(0.1 * NOISE));
        assertThat(toldAfter).containsExactly(StragglerWatch.WINDOW);
    }

    @Test
    void shouldNotTellEvenRanks() {
        assertThat(run(1000, _ -> 1)).isEmpty();
        assertThat(run(1000, _ -> 1.15)).isEmpty();
    }

    @Test
    void shouldNotTellWhatIsSlowNowAndThen() {
        assertThat(run(1000, step -> step % 4 == 0 ? 10 : 1)).isEmpty();
        assertThat(run(19, _ -> 1)).isEmpty();
        assertThat(run(1, _ -> 1000)).isEmpty();
        assertThat(run(100, _ -> 1)).isEmpty();
    }

    @Test
    void shouldTellThatItChangedAndRecovered() {
        assertThat(run(50, _ -> 1.5)).extracting(Straggler::news).containsExactly(News.SLOW);
        List<Straggler> worse = run(50, _ -> 3);
        assertThat(worse).extracting(Straggler::news).contains(News.CHANGED).doesNotContain(News.SLOW, News.RECOVERED);
        assertThat(worse.getLast().factor()).isCloseTo(3, within(3 * NOISE));
        List<Straggler> even = run(50, _ -> 1);
        assertThat(even.getLast().news()).isEqualTo(News.RECOVERED);
        assertThat(even.getLast().factor()).isCloseTo(1, within(NOISE * 1.5));
        assertThat(run(200, _ -> 1)).isEmpty();
        assertThat(run(50, _ -> 2)).extracting(Straggler::news).containsExactly(News.SLOW);
        assertThat(IntStream.range(1, toldAfter.size()).map(i -> toldAfter.get(i) - toldAfter.get(i - 1)))
                .allMatch(between -> between >= StragglerWatch.WINDOW);
    }

    /** The median of two is the faster one, else no rank of two could be slow. */
    @Test
    void shouldTellTheSlowerOfTwo() {
        StragglerWatch ofTwo = new StragglerWatch(2);
        List<Straggler> news = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            news.addAll(ofTwo.observe(new double[] {0.2, 0.1}));
        }
        assertThat(news).containsExactly(new Straggler(0, News.SLOW, 2, 0.2, 0.1));
    }

    /** When most are slow, the machine is as slow as they are. */
    @Test
    void shouldNotBlameTheMajority() {
        StragglerWatch many = new StragglerWatch(4);
        List<Straggler> news = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            news.addAll(many.observe(new double[] {0.2, 0.2, 0.2, 0.1}));
        }
        assertThat(news).isEmpty();
    }

    @Test
    void shouldBearOneRankAndNoTime() {
        StragglerWatch alone = new StragglerWatch(1);
        StragglerWatch idle = new StragglerWatch(2);
        for (int step = 0; step < 100; step++) {
            assertThat(alone.observe(new double[] {step})).isEmpty();
            assertThat(idle.observe(new double[] {0, step})).isEmpty();
        }
    }
}
