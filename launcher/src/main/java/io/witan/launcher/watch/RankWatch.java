package io.witan.launcher.watch;

import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.train.RankFigures;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.fit.Straggler;
import io.witan.scheduler.fit.StragglerWatch;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;

/** What ranks tell of themselves: a line for the metrics file, about one a second, and stragglers in words. */
public final class RankWatch {
    private static final long INTERVAL_NS = 1_000_000_000;
    private static final double MS = 1e3;
    /** That a process which has just taken a dead rank's place may need to find its pace, while the others have theirs. */
    private static final int COLD_STEPS = 100;

    private final long lastStep;
    private final IntFunction<String> nodes;
    private final StragglerWatch stragglers;
    private long writtenNs = System.nanoTime() - INTERVAL_NS;
    private int coldSteps;

    /**
     * @param ranks how many there are
     * @param lastStep of the run: it has a line
     * @param nodes name of a rank's node
     * @param restarted some ranks may be new among others
     */
    public RankWatch(int ranks, long lastStep, IntFunction<String> nodes, boolean restarted) {
        this.coldSteps = restarted ? COLD_STEPS : 0;
        this.lastStep = lastStep;
        this.nodes = nodes;
        this.stragglers = new StragglerWatch(ranks);
    }

    /** The line of a step, if one is due. */
    public Optional<RankMetrics> line(StepResult result) {
        long now = System.nanoTime();
        boolean due = now - writtenNs >= INTERVAL_NS || result.step() == lastStep;
        if (!due || result.ranks().isEmpty()) {
            return Optional.empty();
        }
        writtenNs = now;
        double[] load = relativeLoads(result);
        List<RankMetrics.OfRank> ranks = new ArrayList<>();
        for (int rank = 0; rank < load.length; rank++) {
            RankFigures figures = result.ranks().get(rank);
            ranks.add(new RankMetrics.OfRank(
                    MS * figures.ownSeconds(),
                    MS * figures.waitSeconds(),
                    figures.sentBytes(),
                    figures.residentBytes(),
                    load[rank],
                    copies(result.placements(), rank)));
        }
        return Optional.of(new RankMetrics(result.step(), ranks));
    }

    /** News of stragglers; once a step. */
    public List<String> stragglers(StepResult result) {
        if (result.ranks().isEmpty()) {
            return List.of();
        }
        if (coldSteps > 0) {
            coldSteps--;
            return List.of();
        }
        double[] own =
                result.ranks().stream().mapToDouble(RankFigures::ownSeconds).toArray();
        return stragglers.observe(own).stream()
                .map(straggler -> text(straggler, result))
                .toList();
    }

    private String text(Straggler straggler, StepResult result) {
        String rank = "rank " + straggler.rank() + " on node " + nodes.apply(straggler.rank());
        String times = String.format(
                Locale.ROOT,
                "(%.1f ms a step against %.1f ms, median of steps %d to %d)",
                MS * straggler.ownSeconds(),
                MS * straggler.medianSeconds(),
                result.step() - StragglerWatch.WINDOW + 1,
                result.step());
        String factor = String.format(Locale.ROOT, "%.2f times", straggler.factor());
        String load = String.format(Locale.ROOT, "%.2f times the mean load", relativeLoads(result)[straggler.rank()]);
        return switch (straggler.news()) {
            case SLOW ->
                "straggler: " + rank + " needs " + factor + " as long as the median rank for its own work " + times
                        + "; its experts have " + load;
            case CHANGED ->
                "straggler: " + rank + " now needs " + factor + " as long as the median rank " + times
                        + "; its experts have " + load;
            case RECOVERED ->
                "no straggler any more: " + rank + " needs " + factor + " as long as the median rank " + times;
        };
    }

    /** Assignments that each rank computed over the mean rank's, mean over layers; 1 without layers. */
    static double[] relativeLoads(StepResult result) {
        double[] loads = new double[result.ranks().size()];
        for (long[] layer : result.rankLoad()) {
            double total = 0;
            for (long load : layer) {
                total += load;
            }
            for (int rank = 0; rank < loads.length; rank++) {
                loads[rank] += total == 0 ? 1 : layer[rank] * loads.length / total;
            }
        }
        for (int rank = 0; rank < loads.length; rank++) {
            loads[rank] = result.rankLoad().length == 0 ? 1 : loads[rank] / result.rankLoad().length;
        }
        return loads;
    }

    private static int copies(List<Placement> placements, int rank) {
        int copies = 0;
        for (Placement placement : placements) {
            for (int expert = 0; expert < placement.expertCount(); expert++) {
                copies += placement.owner(expert) != rank && placement.holds(rank, expert) ? 1 : 0;
            }
        }
        return copies;
    }
}
