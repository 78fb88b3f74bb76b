package io.witan.collectives.sparse;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Transfer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What one rank exchanges in the two sparse collectives of one plan. Chunks move on by slices as they come. */
public final class SparseExchanges {
    private final int rank;
    private final RankHops hops;
    private final MemorySegment[] chunks;
    private final long chunkBytes;
    private final boolean inPlace;

    /**
     * @param chunks chunks[c] is this rank's buffer where it holds c in {@code plan.wide()}
     * @param inPlace chunks from ranks of this node are not copied: the gather sets chunks[c], whatever it was
     * @throws IllegalArgumentException if plan and buffers do not fit together
     */
    public SparseExchanges(int rank, RankHops hops, MemorySegment[] chunks, long chunkBytes, boolean inPlace) {
        this.rank = rank;
        this.hops = hops;
        this.chunks = inPlace ? chunks : chunks.clone();
        this.chunkBytes = chunkBytes;
        this.inPlace = inPlace;
        checkBuffers();
    }

    /** A hash of the placements, the hops and the chunk length. */
    public long signature() {
        return hops.hash() * 31 + chunkBytes;
    }

    /** Chunks travel down the hops. */
    public void gather(Exchange exchange) {
        announce(exchange);
        if (inPlace) {
            exchange.lendWhole();
        }
        Part[] parts = new Part[chunks.length];
        for (int level = 0; level < hops.levelCount(); level++) {
            exchange.beginLevel(level);
            List<Transfer> own = hops.at(level);
            for (int i = 0; i < own.size(); i++) {
                Transfer hop = own.get(i);
                if (hop.source() == rank) {
                    exchange.send(hop.target(), value(exchange, parts, hop.chunk()));
                } else {
                    parts[hop.chunk()] = exchange.receive(hop.source(), arriving(exchange, hop.chunk()));
                }
            }
        }
    }

    private Part arriving(Exchange exchange, int chunk) {
        if (!inPlace || !hops.canReadInPlace(chunk)) {
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
        Part[] sums = new Part[chunks.length];
        for (int level = hops.levelCount() - 1; level >= 0; level--) {
            exchange.beginLevel(hops.levelCount() - 1 - level);
            List<Transfer> own = hops.at(level);
            Part[] received = new Part[own.size()];
            for (int i = 0; i < own.size(); i++) {
                Transfer hop = own.get(i);
                if (hop.target() == rank) {
                    exchange.send(hop.source(), value(exchange, sums, hop.chunk()));
                } else {
                    received[i] = exchange.receive(hop.target(), exchange.term(chunkBytes));
                }
            }
            for (RankHops.Fold fold : hops.foldsAt(level)) {
                fold(exchange, fold, received, sums);
            }
        }
    }

    private void fold(Exchange exchange, RankHops.Fold fold, Part[] received, Part[] sums) {
        int[] hopOf = fold.hops();
        Part[] terms = new Part[hopOf.length];
        for (int i = 0; i < hopOf.length; i++) {
            terms[i] = hopOf[i] == RankHops.OWN ? value(exchange, sums, fold.chunk()) : received[hopOf[i]];
        }
        sums[fold.chunk()] = exchange.room(chunks[fold.chunk()], 0, chunkBytes);
        exchange.sum(SumKernel.FP32, sums[fold.chunk()], terms, terms.length);
    }

    /** What the rank has of a chunk by now: what it began with, or what parts tell. */
    private Part value(Exchange exchange, Part[] parts, int chunk) {
        if (parts[chunk] == null) {
            parts[chunk] = exchange.present(chunks[chunk], 0, chunkBytes);
        }
        return parts[chunk];
    }

    private void announce(Exchange exchange) {
        if (!hops.plan().isEmpty()) {
            exchange.meetNeighbours();
        }
    }

    private void checkBuffers() {
        Placement wide = hops.plan().wide();
        if (chunks.length != wide.expertCount()) {
            throw new IllegalArgumentException(chunks.length + " chunk buffers for " + wide.expertCount() + " chunks");
        }
        for (int chunk = 0; chunk < chunks.length && !hops.plan().isEmpty(); chunk++) {
            boolean needed = wide.holds(rank, chunk) && !(inPlace && hops.canReadInPlace(chunk));
            if (needed && (chunks[chunk] == null || chunks[chunk].byteSize() != chunkBytes)) {
                String found = chunks[chunk] == null ? "none" : chunks[chunk].byteSize() + " B";
                throw new IllegalArgumentException("buffer of chunk " + chunk + " on rank " + rank + ": " + found
                        + ", expected " + chunkBytes + " B");
            }
        }
    }
}
