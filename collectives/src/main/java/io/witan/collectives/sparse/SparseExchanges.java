package io.witan.collectives.sparse;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/** What one rank exchanges in the two sparse collectives of one plan. Chunks move on by slices as they come. */
public final class SparseExchanges {
    private final int rank;
    private final TransferPlan plan;
    private final MemorySegment[] chunks;
    private final long chunkBytes;
    private final boolean inPlace;
    private final HopLevels levels;

    /**
     * @param chunks chunks[c] is this rank's buffer where it holds c in {@code plan.wide()}
     * @param inPlace chunks from ranks of this node are not copied: the gather sets chunks[c], whatever it was
     * @throws IllegalArgumentException if plan, topology and buffers do not fit together
     */
    public SparseExchanges(
            int rank, Topology topology, HopLevels levels, MemorySegment[] chunks, long chunkBytes, boolean inPlace) {
        this.rank = rank;
        this.levels = levels;
        this.plan = levels.plan();
        this.chunks = inPlace ? chunks : chunks.clone();
        this.chunkBytes = chunkBytes;
        this.inPlace = inPlace;
        checkShapes(topology);
    }

    /** A hash of the placements, the hops and the chunk length. */
    public long signature() {
        return plan.hash() * 31 + chunkBytes;
    }

    /** Chunks travel down the hops. */
    public void gather(Exchange exchange) {
        announce(exchange);
        if (inPlace) {
            exchange.lendWhole();
        }
        Part[] parts = ownParts(exchange);
        for (int level = 0; level < levels.levelCount(); level++) {
            exchange.beginLevel(level);
            for (Transfer hop : levels.at(level)) {
                if (hop.source() == rank) {
                    exchange.send(hop.target(), parts[hop.chunk()]);
                } else if (hop.target() == rank) {
                    parts[hop.chunk()] = exchange.receive(hop.source(), arriving(exchange, hop));
                }
            }
        }
    }

    private Part arriving(Exchange exchange, Transfer hop) {
        int chunk = hop.chunk();
        if (!inPlace || !levels.canReadInPlace(chunk, rank)) {
            return exchange.room(chunks[chunk], 0, chunkBytes);
        }
        Part view = exchange.view(chunkBytes);
        exchange.whenReady(view, () -> chunks[chunk] = view.view());
        return view;
    }

    /**
     * Sums travel up the hops: at each level a rank adds what its targets send to its own value, all in ascending rank
     * order, in place.
     */
    public void reduce(Exchange exchange) {
        announce(exchange);
        Part[] sums = ownParts(exchange);
        for (int level = levels.levelCount() - 1; level >= 0; level--) {
            exchange.beginLevel(levels.levelCount() - 1 - level);
            TreeMap<Integer, TreeMap<Integer, Part>> terms = new TreeMap<>();
            for (Transfer hop : levels.at(level)) {
                if (hop.target() == rank) {
                    exchange.send(hop.source(), sums[hop.chunk()]);
                } else if (hop.source() == rank) {
                    Part term = exchange.receive(hop.target(), exchange.term(chunkBytes));
                    terms.computeIfAbsent(hop.chunk(), c -> new TreeMap<>()).put(hop.target(), term);
                }
            }
            terms.forEach((chunk, byRank) -> {
                byRank.put(rank, sums[chunk]);
                sums[chunk] = exchange.room(chunks[chunk], 0, chunkBytes);
                Part[] ordered = byRank.values().toArray(Part[]::new);
                exchange.sum(SumKernel.FP32, sums[chunk], ordered, ordered.length);
            });
        }
    }

    private void announce(Exchange exchange) {
        if (!plan.isEmpty()) {
            exchange.meetNeighbours();
        }
    }

    private Part[] ownParts(Exchange exchange) {
        Part[] parts = new Part[chunks.length];
        for (int chunk = 0; chunk < chunks.length; chunk++) {
            if (chunks[chunk] != null && plan.wide().holds(rank, chunk)) {
                parts[chunk] = exchange.present(chunks[chunk], 0, chunkBytes);
            }
        }
        return parts;
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
            boolean needed =
                    !plan.isEmpty() && wide.holds(rank, chunk) && !(inPlace && levels.canReadInPlace(chunk, rank));
            if (needed && (chunks[chunk] == null || chunks[chunk].byteSize() != chunkBytes)) {
                String found = chunks[chunk] == null ? "none" : chunks[chunk].byteSize() + " B";
                throw new IllegalArgumentException("buffer of chunk " + chunk + " on rank " + rank + ": " + found
                        + ", expected " + chunkBytes + " B");
            }
        }
    }
}
