package io.witan.scheduler.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Looks for stragglers: ranks whose own work, waits for others apart, took 1.3 times as long as the median rank's or more in at least 15 of
 * the last 20 steps. The median of an even number of ranks is the lower of the two in the middle, so that of two ranks one can be slow.
 * Each is told once; again when its factor is another by a quarter or more, and when it was below 1.3 in at least 15 of 20 steps. After
 * each of these 20 steps pass before the next. One slow step, or one slow step in four, is never told. One thread.
 */
public final class StragglerWatch {
    /** Steps that are judged together. */
    public static final int WINDOW = 20;
    /** Of these, how many must agree. */
    public static final int AGREEING = 15;
    /** Times the median rank's time. */
    public static final double FACTOR = 1.3;
    /** Change of the factor that is news. */
    public static final double CHANGE = 1.25;

    private static final double NOT_TOLD = 0;
    private static final long NEVER = 0;

    private final int ranks;
    private final double[][] own;
    private final double[] median = new double[WINDOW];
    /** Factor that was last told of a straggler. */
    private final double[] told;

    private final long[] toldAt;
    private long steps;

    public StragglerWatch(int ranks) {
        this.ranks = ranks;
        this.own = new double[ranks][WINDOW];
        this.told = new double[ranks];
        this.toldAt = new long[ranks];
    }

    /**
     * Takes one more step.
     *
     * @param ownSeconds each rank's time for its own work
     * @return what is new, in rank order
     */
    public List<Straggler> observe(double[] ownSeconds) {
        int slot = (int) (steps % WINDOW);
        steps++;
        median[slot] = median(ownSeconds);
        for (int rank = 0; rank < ranks; rank++) {
            own[rank][slot] = ownSeconds[rank];
        }
        List<Straggler> news = new ArrayList<>();
        for (int rank = 0; rank < ranks && steps >= WINDOW; rank++) {
            if (toldAt[rank] == NEVER || steps - toldAt[rank] >= WINDOW) {
                judge(rank, news);
            }
        }
        return news;
    }

    private void judge(int rank, List<Straggler> news) {
        double[] ratios = new double[WINDOW];
        int slow = 0;
        for (int i = 0; i < WINDOW; i++) {
            ratios[i] = median[i] > 0 ? own[rank][i] / median[i] : 1;
            slow += ratios[i] >= FACTOR ? 1 : 0;
        }
        double factor = median(ratios);
        boolean isTold = told[rank] != NOT_TOLD;
        if (!isTold && slow >= AGREEING) {
            tell(rank, Straggler.News.SLOW, factor, news);
        } else if (isTold && WINDOW - slow >= AGREEING) {
            tell(rank, Straggler.News.RECOVERED, factor, news);
        } else if (isTold && slow >= AGREEING && Math.max(factor / told[rank], told[rank] / factor) >= CHANGE) {
            tell(rank, Straggler.News.CHANGED, factor, news);
        }
    }

    private void tell(int rank, Straggler.News what, double factor, List<Straggler> news) {
        told[rank] = what == Straggler.News.RECOVERED ? NOT_TOLD : factor;
        toldAt[rank] = steps;
        news.add(new Straggler(rank, what, factor, median(own[rank]), median(median)));
    }

    /** The lower of two in the middle. */
    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }
}
