package io.witan.collectives.sparse;

import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.Phase;
import io.witan.collectives.engine.Scratch;
import io.witan.collectives.engine.Sum;
import io.witan.collectives.engine.SumKernel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The exchanges of one rank in the two sparse collectives of one plan. */
public final class SparsePhases {
    private final int rank;
    private final TransferPlan plan;
    private final MemorySegment[] chunks;
    private final long chunkBytes;
    private final HopLevels levels;

    /**
     * @param chunks chunks[c] is this rank's buffer where it holds c in {@code plan.wide()}; the array is not kept
     * @throws IllegalArgumentException if plan, topology and buffers do not fit together
     */
    public SparsePhases(int rank, Topology topology, TransferPlan plan, MemorySegment[] chunks, long chunkBytes) {
        this.rank = rank;
        this.plan = plan;
        this.chunks = chunks.clone();
        this.chunkBytes = chunkBytes;
        checkShapes(topology);
        this.levels = new HopLevels(plan);
    }

    /** A hash of the placements, the hops and the chunk length. */
    public long signature() {
        long hash = plan.hash() * 31 + chunkBytes;
        for (Transfer hop : plan.interNode()) {
            hash = mixed(hash, hop);
        }
        for (Transfer hop : plan.intraNode()) {
            hash = mixed(hash, hop);
        }
        return hash;
    }

    /** Chunks travel down the hops, level by level. */
    public List<Phase> gather() {
        List<Phase> phases = emptyPhases();
        for (int i = 0; i < plan.interNode().size(); i++) {
            copyDown(phases.get(levels.interNode(i)), plan.interNode().get(i));
        }
        for (int i = 0; i < plan.intraNode().size(); i++) {
            copyDown(phases.get(levels.intraNode(i)), plan.intraNode().get(i));
        }
        return phases;
    }

    /**
     * Sums travel up the hops: in each phase a rank adds what its targets send to its own value, all in ascending rank
     * order, in place.
     */
    public List<Phase> reduce(Scratch scratch) {
        List<Phase> phases = emptyPhases();
        List<Map<Integer, TreeMap<Integer, Part>>> terms = new ArrayList<>();
        for (int p = 0; p < phases.size(); p++) {
            terms.add(new TreeMap<>());
        }
        List<Transfer> hops = new ArrayList<>(plan.interNode());
        hops.addAll(plan.intraNode());
        for (int i = 0; i < hops.size(); i++) {
            Transfer hop = hops.get(i);
            int level = i < plan.interNode().size()
                    ? levels.interNode(i)
                    : levels.intraNode(i - plan.interNode().size());
            int p = levels.levelCount() - 1 - level;
            if (hop.target() == rank) {
                phases.get(p).send(hop.source(), buffer(hop.chunk()));
            } else if (hop.source() == rank) {
                Part term = phases.get(p).borrow(hop.target(), chunkBytes, scratch);
                terms.get(p).computeIfAbsent(hop.chunk(), c -> new TreeMap<>()).put(hop.target(), term);
            }
        }
        for (int p = 0; p < phases.size(); p++) {
            phases.get(p).then(sums(terms.get(p)));
        }
        return phases;
    }

    private Phase.Action sums(Map<Integer, TreeMap<Integer, Part>> byChunk) {
        ArrayDeque<Sum> sums = new ArrayDeque<>();
        byChunk.forEach((chunk, terms) -> {
            terms.put(rank, Part.of(buffer(chunk)));
            sums.add(new Sum(SumKernel.FP32, buffer(chunk), List.copyOf(terms.values())));
        });
        return () -> {
            if (!sums.isEmpty() && sums.peek().step()) {
                sums.remove();
            }
            return sums.isEmpty();
        };
    }

    private List<Phase> emptyPhases() {
        List<Phase> phases = new ArrayList<>();
        for (int level = 0; level < levels.levelCount(); level++) {
            phases.add(new Phase(plan.topology().rankCount()));
        }
        if (!phases.isEmpty()) {
            phases.getFirst().announce(rank);
        }
        return phases;
    }

    private void copyDown(Phase phase, Transfer hop) {
        if (hop.source() == rank) {
            phase.send(hop.target(), buffer(hop.chunk()));
        } else if (hop.target() == rank) {
            phase.receive(hop.source(), buffer(hop.chunk()));
        }
    }

    private MemorySegment buffer(int chunk) {
        return chunks[chunk];
    }

    private void checkShapes(Topology topology) {
        Placement wide = plan.wide();
        if (!plan.topology().equals(topology) || wide.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException("plan is for " + plan.topology() + ", communicator has " + topology);
        }
        if (plan.narrow().copyCount() != 0 || !wide.contains(plan.narrow())) {
            throw new IllegalArgumentException(
                    "plan's narrow placement must hold the owners of its wide placement only");
        }
        if (chunks.length != wide.expertCount()) {
            throw new IllegalArgumentException(chunks.length + " chunk buffers for " + wide.expertCount() + " chunks");
        }
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            if (!plan.isEmpty()
                    && wide.holds(rank, chunk)
                    && (chunks[chunk] == null || chunks[chunk].byteSize() != chunkBytes)) {
                String found = chunks[chunk] == null ? "none" : chunks[chunk].byteSize() + " B";
                throw new IllegalArgumentException("buffer of chunk " + chunk + " on rank " + rank + ": " + found
                        + ", expected " + chunkBytes + " B");
            }
        }
    }

    private static long mixed(long hash, Transfer hop) {
        long h = (hash ^ hop.chunk()) * 0x100000001b3L;
        h = (h ^ hop.source()) * 0x100000001b3L;
        h = (h ^ hop.target()) * 0x100000001b3L;
        return h ^ h >>> 31;
    }
}
