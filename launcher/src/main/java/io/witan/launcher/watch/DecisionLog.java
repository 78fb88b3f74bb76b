package io.witan.launcher.watch;

import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The scheduler's decisions in words, when they change:
 *
 * <pre>
 * step 400: layer 3: expert 17 (31 % of load) copied to ranks 1, 2; saves 4.1 ms, costs 0.6 ms hidden
 * step 430: layer 3: expert 17 (2 % of load) no longer copied
 * step 500: layer 3: expert 5 moves from rank 0 to rank 2
 * </pre>
 *
 * or, of experts in slices, which have no owner and no copies, those that several ranks put together:
 *
 * <pre>
 * step 400: layer 3: expert 17 (31 % of load) put together on ranks 1, 2; saves 4.1 ms, costs 0.6 ms hidden
 * step 430: layer 3: expert 17 (2 % of load) put together on rank 2 alone
 * </pre>
 *
 * The load is that of the step itself. What copies of an expert save and cost comes from the layer time model, as the difference to the same
 * placement with one holder of it; without a model it is left out.
 */
public final class DecisionLog {
    private final Sharding sharding;
    private final Optional<LayerTimeModel> times;
    private List<Placement> previous = List.of();

    /**
     * @param sharding how ranks keep experts
     * @param times empty as long as nobody measured what a layer costs
     */
    public DecisionLog(Sharding sharding, Optional<LayerTimeModel> times) {
        this.sharding = sharding;
        this.times = times;
    }

    /** A log that goes on from this one with a model. */
    DecisionLog with(LayerTimeModel model) {
        DecisionLog next = new DecisionLog(sharding, Optional.of(model));
        next.previous = previous;
        return next;
    }

    /** A line for each decision of a step that the step before did not have. */
    public List<String> of(StepResult result) {
        List<String> lines = new ArrayList<>();
        for (int l = 0; l < result.placements().size(); l++) {
            Placement before = l < previous.size()
                    ? previous.get(l)
                    : result.placements().get(l).ownersOnly();
            addChanges(lines, result, l, before);
        }
        for (StepResult.ExpertMove move : result.moves()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "step %d: layer %d: expert %d moves from rank %d to rank %d",
                    result.step(),
                    move.layer(),
                    move.expert(),
                    move.from(),
                    move.to()));
        }
        previous = result.placements();
        return lines;
    }

    private void addChanges(List<String> lines, StepResult result, int layer, Placement before) {
        Placement now = result.placements().get(layer);
        long[] load = result.expertLoad()[layer];
        for (int e = 0; e < now.expertCount(); e++) {
            int[] holders = told(now, e);
            if (Arrays.equals(holders, told(before, e))) {
                continue;
            }
            String what = holders.length == 0 ? alone(now, e) : several(holders) + worth(now, e, load);
            lines.add(String.format(
                    Locale.ROOT,
                    "step %d: layer %d: expert %d (%s of load) %s",
                    result.step(),
                    layer,
                    e,
                    share(load, e),
                    what));
        }
    }

    /** Ranks that a line names: those with copies, or of slices all holders; none if there is one holder. */
    private int[] told(Placement placement, int expert) {
        int[] holders = placement.holders(expert);
        return switch (sharding) {
            case WHOLE ->
                Arrays.stream(holders)
                        .filter(rank -> rank != placement.owner(expert))
                        .toArray();
            case SLICED -> holders.length == 1 ? new int[0] : holders;
        };
    }

    private String several(int[] ranks) {
        return switch (sharding) {
            case WHOLE -> "copied to " + ranks(ranks);
            case SLICED -> "put together on " + ranks(ranks);
        };
    }

    private String alone(Placement now, int expert) {
        return switch (sharding) {
            case WHOLE -> "no longer copied";
            case SLICED -> "put together on " + ranks(now.holders(expert)) + " alone";
        };
    }

    private static String ranks(int[] ranks) {
        return (ranks.length == 1 ? "rank " : "ranks ")
                + Arrays.stream(ranks).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }

    private static String share(long[] load, int expert) {
        long sum = Arrays.stream(load).sum();
        return sum == 0 ? "0 %" : Math.round(100.0 * load[expert] / sum) + " %";
    }

    private String worth(Placement now, int expert, long[] load) {
        if (times.isEmpty()) {
            return "";
        }
        LayerTime with = times.get().expected(now, load, Arrays.stream(load).sum());
        LayerTime without = times.get()
                .expected(without(now, expert), load, Arrays.stream(load).sum());
        long savedNs = without.tokensNs() - with.tokensNs();
        long costNs = with.gatherNs() + with.reduceNs() - without.gatherNs() - without.reduceNs();
        long seenNs =
                with.exposedGatherNs() + with.exposedReduceNs() - without.exposedGatherNs() - without.exposedReduceNs();
        String saves = savedNs > 0 ? "saves " + milliseconds(savedNs) : "saves nothing by itself";
        if (seenNs <= 0) {
            return "; " + saves + ", costs " + milliseconds(costNs) + " hidden";
        }
        return "; " + saves + ", costs " + milliseconds(costNs) + ", " + milliseconds(Math.min(costNs, seenNs))
                + " of it not hidden";
    }

    private static Placement without(Placement placement, int expert) {
        int[][] extra = new int[placement.expertCount()][];
        for (int e = 0; e < extra.length; e++) {
            extra[e] = e == expert ? new int[0] : placement.holders(e);
        }
        return placement.ownersOnly().with(extra);
    }

    private static String milliseconds(long ns) {
        return String.format(Locale.ROOT, ns < 10_000_000 ? "%.1f ms" : "%.0f ms", Math.max(0, ns) / 1e6);
    }
}
