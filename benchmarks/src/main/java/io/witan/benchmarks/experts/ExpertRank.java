package io.witan.benchmarks.experts;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.Communicator;
import io.witan.collectives.DataPath;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.Idle;
import io.witan.kernels.FeedForwardKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One of two ranks: each owns half of a layer's experts, in the slots of a vault as in training, and holds a copy of the
 * others. Rank 0 prints. What is timed is checked before: values follow from the expert and the index.
 */
final class ExpertRank {
    private static final FeedForwardLayout LAYOUT =
            new FeedForwardLayout(512, 2048, FeedForwardKernel.Activation.SWIGLU);
    private static final int EXPERTS = 8;
    private static final int[] OWNERS = {0, 0, 0, 0, 1, 1, 1, 1};
    private static final int TOKENS_PER_EXPERT = 128;
    /** Gathers that are timed, one after the other; half as many before. */
    private static final int VIEWS = 4000;

    private static final int COLD_VIEWS = 200;
    private static final int COPIES = 100;
    private static final int PAIRS = 41;
    private static final long SHARED_BYTES = 1L << 30;
    /** More than caches hold: a step clears so many bytes of gradients before it materialises. */
    private static final long CLEARED_BYTES = 100_000_000;

    private final RankRuntime runtime;
    private final TrainingState state;
    private final Communicator lane;
    private final TransferPlan plan;
    private final LayerExperts experts;
    /** Owned experts where they are, room for copies of the others. */
    private final MemorySegment[] chunks = new MemorySegment[EXPERTS];

    private ExpertRank(RankRuntime runtime, TrainingState state) {
        this.runtime = runtime;
        this.state = state;
        this.lane = runtime.parameters();
        ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, 0);
        this.experts = new LayerExperts(0, LAYOUT, OWNERS, state, buffers, lane);
        for (int e = 0; e < EXPERTS; e++) {
            chunks[e] = OWNERS[e] == lane.rank()
                    ? state.expert(0, e).slot(state.activeSlot()).parameter()
                    : runtime.exchange().allocate(LAYOUT.chunkBytes());
            if (OWNERS[e] == lane.rank()) {
                fill(chunks[e], e);
            }
        }
        int[][] everywhere = new int[EXPERTS][];
        Arrays.fill(everywhere, new int[] {0, 1});
        this.plan = HierarchicalTransferPlanner.plan(
                runtime.topology(), experts.owners(), experts.owners().with(everywhere), null);
    }

    static void run(int rank, Path driver, Path folder, Idle idle) {
        GroupConfig config = new GroupConfig(
                1,
                rank,
                Topology.of(2),
                driver,
                List.of(),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                1,
                DataPath.SHARED_MEMORY,
                idle);
        RankRuntime runtime = RankRuntime.open(AeronGroups.connect(config), 1, SHARED_BYTES);
        List<ParameterSpec> declared = new ArrayList<>();
        for (int e = 0; e < EXPERTS; e++) {
            declared.addAll(LAYOUT.declare("expert" + e, 0, e, 0.02, 0.02));
        }
        TrainingState state = TrainingState.allocate(
                declared,
                new int[][] {OWNERS},
                (regions, exchange) -> VaultMemory.create(folder, rank, regions, exchange),
                runtime);
        try (state;
                runtime) {
            new ExpertRank(runtime, state).measure();
        }
    }

    private void measure() {
        say(
                "experts of %.1f MB (D %d, F %d, SwiGLU), %d of each rank copied to the other; %s",
                LAYOUT.chunkBytes() / 1e6,
                LAYOUT.width(),
                LAYOUT.hidden(),
                EXPERTS / 2,
                runtime.kernels().description());
        checkGathers();
        timeGather("in place", VIEWS, this::gatherInPlace);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cleared = arena.allocate(CLEARED_BYTES, 64);
            timeGather("in place, 100 MB cleared and a barrier before", COLD_VIEWS, () -> gatherColdInPlace(cleared));
        }
        timeGather("copied once", COPIES, this::gatherCopies);
        experts.begin(plan);
        experts.beginMaterialise();
        experts.awaitMaterialised();
        if (lane.rank() == 0) {
            compareForward();
        }
        lane.barrier().await();
        experts.release();
    }

    /** @throws IllegalStateException if an expert is not read in place, or has other bytes than with its owner */
    private void checkGathers() {
        MemorySegment[] views = ownOnly();
        lane.sparseAllGatherInPlace(plan, views, LAYOUT.chunkBytes()).await();
        lane.sparseAllGather(plan, chunks, LAYOUT.chunkBytes()).await();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment expected = arena.allocate(LAYOUT.chunkBytes(), Float.BYTES);
            for (int e = 0; e < EXPERTS; e++) {
                if (OWNERS[e] != lane.rank()) {
                    fill(expected, e);
                    require(lane.readsInPlace(plan, e) && views[e].isReadOnly(), e, "is copied, not read in place");
                    expectSame("in place", e, views[e], expected);
                    expectSame("in its copy", e, chunks[e], expected);
                }
            }
        }
    }

    private static void fill(MemorySegment chunk, int expert) {
        for (long i = 0; i < chunk.byteSize() / Float.BYTES; i++) {
            chunk.setAtIndex(ValueLayout.JAVA_FLOAT, i, ((i + 1009L * expert) % 8191 - 4095) * 0x1p-17f);
        }
    }

    private void expectSame(String where, int expert, MemorySegment found, MemorySegment expected) {
        long at = found.mismatch(expected);
        require(at < 0, expert, "differs " + where + " from its owner's bytes, first at byte " + at);
    }

    private void require(boolean holds, int expert, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(
                    "rank " + lane.rank() + ": expert " + expert + " of rank " + OWNERS[expert] + " " + otherwise);
        }
    }

    private interface Gather {
        /** Returns its nanoseconds. */
        long run();
    }

    private void timeGather(String how, int gathers, Gather gather) {
        long before = lane.traffic().inPlaceBytes();
        double[] micros = new double[gathers];
        for (int i = 0; i < gathers / 2 + gathers; i++) {
            long ns = gather.run();
            if (i >= gathers / 2) {
                micros[i - gathers / 2] = ns / 1e3 / plan.chunksInto(lane.rank());
            }
        }
        Arrays.sort(micros);
        say(
                "materialise %s: p50 %.2f us an expert, p99 %.2f us, %d gathers of %d experts, %.0f MB read in place",
                how,
                micros[gathers / 2],
                micros[gathers * 99 / 100],
                gathers,
                plan.chunksInto(lane.rank()),
                (lane.traffic().inPlaceBytes() - before) / 1e6);
    }

    /** Owned chunks, and null for the others, of which an operation makes views. */
    private MemorySegment[] ownOnly() {
        MemorySegment[] own = chunks.clone();
        for (int e = 0; e < EXPERTS; e++) {
            own[e] = OWNERS[e] == lane.rank() ? chunks[e] : null;
        }
        return own;
    }

    private long gatherInPlace() {
        MemorySegment[] views = ownOnly();
        long begin = System.nanoTime();
        lane.sparseAllGatherInPlace(plan, views, LAYOUT.chunkBytes()).await();
        return System.nanoTime() - begin;
    }

    /** Caches are cold, but the ranks are in step: else the time would be how far apart they are. */
    private long gatherColdInPlace(MemorySegment cleared) {
        cleared.fill((byte) 0);
        lane.barrier().await();
        return gatherInPlace();
    }

    private long gatherCopies() {
        long begin = System.nanoTime();
        lane.sparseAllGather(plan, chunks, LAYOUT.chunkBytes()).await();
        return System.nanoTime() - begin;
    }

    /** This rank's experts, the other's in place, and a copy of the other's in plain memory, in turns. */
    private void compareForward() {
        int tokens = TOKENS_PER_EXPERT * EXPERTS / 2;
        MemorySegment[] plain = new MemorySegment[EXPERTS];
        try (Arena arena = Arena.ofShared()) {
            for (int e = EXPERTS / 2; e < EXPERTS; e++) {
                plain[e] = arena.allocate(LAYOUT.chunkBytes(), 64);
                plain[e].copyFrom(chunks[e]);
            }
            FeedForward forward = new FeedForward(runtime.kernels(), LAYOUT, tokens, arena);
            int[] own = offsets(0);
            int[] others = offsets(EXPERTS / 2);
            checkForward(forward, others, plain);
            double[][] micros = new double[3][PAIRS];
            for (int i = -5; i < PAIRS; i++) {
                // The order turns, so that none is always the first.
                for (int turn = 0; turn < 3; turn++) {
                    int which = Math.floorMod(i + turn, 3);
                    long begin = System.nanoTime();
                    forward.run(which == 0 ? own : others, which == 2 ? plain : experts.weights());
                    double us = (System.nanoTime() - begin) / 1e3;
                    if (i >= 0) {
                        micros[which][i] = us;
                    }
                }
            }
            report("the rank's own slot", micros[0], micros[1]);
            report("plain memory", micros[2], micros[1]);
        }
    }

    private void checkForward(FeedForward forward, int[] others, MemorySegment[] plain) {
        for (int e = EXPERTS / 2; e < EXPERTS; e++) {
            require(experts.weights()[e].isReadOnly(), e, "is copied for the FFN, not read in place");
        }
        forward.run(others, plain);
        float[] expected = forward.result();
        forward.run(others, experts.weights());
        int at = Arrays.mismatch(expected, forward.result());
        if (at >= 0) {
            throw new IllegalStateException(
                    "rank " + lane.rank() + ": the FFN in place and from plain memory differ, first in element " + at);
        }
    }

    private static int[] offsets(int first) {
        int[] offsets = new int[EXPERTS + 1];
        for (int e = 0; e < EXPERTS; e++) {
            offsets[e + 1] = offsets[e] + (e >= first && e < first + EXPERTS / 2 ? TOKENS_PER_EXPERT : 0);
        }
        return offsets;
    }

    /** Median of the paired ratios with its 95 % interval: ranks of a binomial distribution. */
    private void report(String local, double[] localMicros, double[] inPlaceMicros) {
        double[] ratios = new double[PAIRS];
        Arrays.setAll(ratios, i -> inPlaceMicros[i] / localMicros[i]);
        Arrays.sort(ratios);
        int reach = (int) Math.ceil(0.98 * Math.sqrt(PAIRS));
        say(
                "expert FFN, %d tokens an expert: in place %.0f us, %s %.0f us, ratio %.3f [%.3f, %.3f], %d pairs",
                TOKENS_PER_EXPERT,
                median(inPlaceMicros),
                local,
                median(localMicros),
                ratios[PAIRS / 2],
                ratios[PAIRS / 2 - reach],
                ratios[PAIRS / 2 + reach],
                PAIRS);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private void say(String format, Object... values) {
        if (lane.rank() == 0) {
            System.out.println(String.format(Locale.ROOT, format, values));
        }
    }
}
