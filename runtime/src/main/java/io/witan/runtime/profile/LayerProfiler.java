package io.witan.runtime.profile;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.RowExchange;
import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** Measures a {@link LayerProfile}; at most half a minute, and much less for small layers. */
public final class LayerProfiler {
    private static final long BUDGET_NS = 30_000_000_000L;
    private static final long MOST_BYTES = 64L << 20;
    private static final int LINES_OF_A_REACH = 4;
    /** Three parts of the experts, contention, and attention. */
    private static final int OTHER_SHARES = 5;

    private static final int WARM_SHARE = 3;

    private static final double NS_PER_MS = 1e6;

    private final RankRuntime runtime;
    private final LayerWork work;
    private final RowExchange way;
    private final Traffic traffic;
    private final long budgetNs;
    private final LongSupplier clock;
    private final Sampler sampler;

    /**
     * What ranks exchange in a step.
     *
     * @param rowBytes of an assignment
     * @param gradientBytes of dense parameters
     */
    public record Traffic(long rowBytes, long gradientBytes) {}

    /**
     * @param work of a layer of the run, between steps
     * @param way of rows between all ranks
     */
    public LayerProfiler(RankRuntime runtime, LayerWork work, RowExchange way, Traffic traffic) {
        this(runtime, work, way, traffic, BUDGET_NS, System::nanoTime);
    }

    /** With another limit of time. */
    LayerProfiler(
            RankRuntime runtime, LayerWork work, RowExchange way, Traffic traffic, long budgetNs, LongSupplier clock) {
        this.runtime = runtime;
        this.work = work;
        this.way = way;
        this.traffic = traffic;
        this.budgetNs = budgetNs;
        this.clock = clock;
        this.sampler = new Sampler(runtime, clock);
    }

    /** The same on every rank. All ranks together. */
    public LayerProfile measure() {
        int reaches = runtime.size() == 1 ? 0 : hasLevels() ? Reach.values().length : 1;
        TimeBudget budget = new TimeBudget(clock, budgetNs, reaches * LINES_OF_A_REACH + OTHER_SHARES);
        work.bringExperts();
        ExpertTimes experts = new ExpertTimes(runtime, work, sampler);
        new WarmUp(runtime, clock).layer(work, experts, budgetNs / WARM_SHARE);
        List<CollectiveLines> lines = collectives(budget);
        LinearFit forward = experts.forward(budget.share());
        LinearFit backward = experts.backward(budget.share());
        LinearFit weights = experts.weights(budget.share());
        double contention = lines.isEmpty() ? 0 : contention(lines.getFirst().allToAll(), forward, budget.share());
        work.dropExperts();
        double attentionMs = sampler.mediansNs(new Attention(), new int[] {1}, 1, budget.share())[0] / NS_PER_MS;
        return new LayerProfile(lines, attentionMs, forward, backward, weights, contention);
    }

    /** Before the experts, which take longest and get what is left of the time. */
    private List<CollectiveLines> collectives(TimeBudget budget) {
        List<CollectiveLines> lines = new ArrayList<>();
        if (runtime.size() > 1) {
            try (CollectiveTimes all = CollectiveTimes.all(runtime, way, amounts(runtime.size()))) {
                lines.add(all.lines(Reach.ALL, sampler, budget));
                runtime.tokens().barrier().await();
            }
        }
        if (hasLevels()) {
            lines.add(levelLines(Reach.IN_NODE, budget));
            lines.add(levelLines(Reach.BETWEEN_NODES, budget));
        }
        return lines;
    }

    private boolean hasLevels() {
        int nodes = runtime.topology().nodeCount();
        return nodes > 1 && nodes < runtime.size();
    }

    private CollectiveTimes.Amounts amounts(int ranks) {
        return new CollectiveTimes.Amounts(
                ranks,
                Math.clamp(MOST_BYTES / traffic.rowBytes, 1, work.assignments()),
                traffic.rowBytes,
                Math.min(MOST_BYTES, traffic.gradientBytes));
    }

    private CollectiveLines levelLines(Reach reach, TimeBudget budget) {
        Topology topology = runtime.topology();
        boolean inNode = reach == Reach.IN_NODE;
        int most = inNode
                ? IntStream.range(0, topology.nodeCount())
                        .map(topology::rankCount)
                        .max()
                        .orElseThrow()
                : topology.nodeCount();
        int color = inNode ? topology.nodeOf(runtime.rank()) : topology.localRank(runtime.rank());
        try (CommunicatorGroup level = runtime.group().split(color).orElseThrow();
                ExchangeMemory memory = runtime.exchange().of(level);
                CollectiveTimes times =
                        CollectiveTimes.part(runtime, memory, level.lane(CommunicatorGroup.TOKENS), amounts(most))) {
            CollectiveLines lines = times.lines(reach, sampler, budget);
            runtime.tokens().barrier().await();
            return lines;
        }
    }

    /** Of a straight all-to-all, and of experts on so many rows that they take about as long. */
    private double contention(LinearFit allToAll, LinearFit forward, long shareNs) {
        CollectiveTimes.Amounts amounts = amounts(runtime.size());
        int rows = (int) amounts.rows();
        double exchangeMs = allToAll.time().ms(amounts.leavingBytes(rows));
        int assignments = (int) Math.clamp(forward.time().sizeIn(exchangeMs), 1, work.assignments());
        int[] kinds = {Together.EXCHANGE, Together.EXPERTS, Together.BOTH};
        try (CollectiveTimes all = CollectiveTimes.all(runtime, way, amounts)) {
            long[] ns = sampler.mediansNs(new Together(all, rows, assignments), kinds, kinds.length, shareNs);
            runtime.tokens().barrier().await();
            return Contention.factorOf(ns[0], ns[1], ns[2]);
        }
    }

    /** One operation, the other, or both at the same time. */
    private final class Together implements Sampler.Operation {
        static final int EXCHANGE = 1;
        static final int EXPERTS = 2;
        static final int BOTH = EXCHANGE | EXPERTS;

        private final CollectiveTimes all;
        private final int rows;
        private final int assignments;

        Together(CollectiveTimes all, int rows, int assignments) {
            this.all = all;
            this.rows = rows;
            this.assignments = assignments;
        }

        @Override
        public long ns(int kinds) {
            try (LayerWork.Experts experts = work.experts(assignments)) {
                runtime.tokens().barrier().await();
                long begin = System.nanoTime();
                Handle exchange = (kinds & EXCHANGE) == 0 ? null : all.beginAllToAll(rows);
                if ((kinds & EXPERTS) != 0 && experts != null) {
                    experts.forward();
                }
                if (exchange != null) {
                    exchange.await();
                }
                return System.nanoTime() - begin;
            }
        }

        @Override
        public double size(int kinds) {
            return kinds;
        }

        @Override
        public long warmUpNs() {
            return 0;
        }
    }

    /** All that comes before the experts, of all rows. */
    private final class Attention implements Sampler.Operation {
        @Override
        public long ns(int amount) {
            runtime.tokens().barrier().await();
            long begin = System.nanoTime();
            work.forwardAttention();
            return System.nanoTime() - begin;
        }

        @Override
        public double size(int amount) {
            return amount;
        }

        @Override
        public long warmUpNs() {
            return 0;
        }
    }

    /** Timings so far. */
    int timings() {
        return sampler.timings();
    }
}
