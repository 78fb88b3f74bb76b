package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Handle;
import io.witan.collectives.Parts;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Passage;
import io.witan.runtime.moe.RowExchange.Transit;
import io.witan.runtime.moe.TokenRows;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One direction over relays. Dispatch: merged rows go to the relay in each node, which makes the rows that they stand for and spreads them.
 * Combine: experts' rows go to the relays, which answer each merged row with one sum.
 */
final class MergedLeg implements Passage.Leg {
    private final RankRuntime runtime;
    private final Topology topology;
    private final Relays relays;
    private final TransitMemory memory;
    private final TokenRows rows;
    private final LeavingRows leaving;
    private final RelayedRows relayed;
    private final RelayWork work;
    private final int width;
    private final int rank;
    private final int first;
    private final int neighbours;
    /** [U] merged rows. */
    private MemorySegment came;
    /** [r] rows and one that nobody reads. */
    private MemorySegment spread;
    /** [r] rows and one of zeroes. */
    private MemorySegment answers;

    /** @param width D */
    MergedLeg(MergedPassage passage, TransitMemory memory, RelayWork work, int width) {
        this.runtime = passage.runtime();
        this.topology = runtime.topology();
        this.relays = new Relays(topology);
        this.memory = memory;
        this.rows = passage.assignments();
        this.leaving = passage.leaving();
        this.relayed = passage.relayed();
        this.work = work;
        this.width = width;
        this.rank = runtime.rank();
        int node = topology.nodeOf(rank);
        this.first = topology.firstRank(node);
        this.neighbours = topology.rankCount(node);
    }

    @Override
    public int rows() {
        return leaving.count();
    }

    /** [r, D] rows of experts, and one of zeroes; after combine. */
    MemorySegment answers() {
        return answers;
    }

    @Override
    public Transit dispatch(MemorySegment from, Passage.Pieces pieces, MemorySegment to, long rowBytes) {
        requireFormat(rowBytes);
        memory.begin();
        if (pieces.from() == 0) {
            came = memory.bytes(relayed.count() * rowBytes);
            spread = memory.bytes((relayed.rows() + 1) * rowBytes);
        }
        MemorySegment arriving = memory.bytes(neighbourRows(pieces) * rowBytes);
        return new StagedTransit(
                List.of(() -> cross(from, pieces, rowBytes), () -> spread(pieces, arriving, rowBytes)), () -> {
                    copyByRelay(pieces, arriving, to, rowBytes, false);
                    memory.end();
                });
    }

    private Handle cross(MemorySegment from, Passage.Pieces pieces, long rowBytes) {
        Parts send = parts();
        Parts receive = parts();
        for (int node = 0; node < topology.nodeCount(); node++) {
            MergedRows own = leaving.ofNode(node);
            int begin = own.needed(pieces.from());
            set(send, relays.of(node, rank), leaving.from(node) + begin, own.needed(pieces.to()) - begin, rowBytes);
        }
        int[] sources = relays.sources(rank);
        for (int s = 0; s < sources.length; s++) {
            MergedRows of = relayed.ofSource(s);
            int begin = of.needed(pieces.from());
            set(receive, sources[s], relayed.mergedFrom(s) + begin, of.needed(pieces.to()) - begin, rowBytes);
        }
        return runtime.tokens().allToAllV(from, send, came, receive);
    }

    private Handle spread(Passage.Pieces pieces, MemorySegment arriving, long rowBytes) {
        work.spread(came, pieces, spread);
        return runtime.tokens().allToAllV(spread, byTarget(pieces, rowBytes), arriving, byRelay(pieces, rowBytes));
    }

    @Override
    public Transit combine(MemorySegment from, Passage.Pieces pieces, MemorySegment to, long rowBytes) {
        requireFormat(rowBytes);
        memory.begin();
        if (pieces.from() == 0) {
            answers = runtime.arena().hostBytes((relayed.rows() + 1) * rowBytes);
            answers.asSlice(relayed.rows() * rowBytes).fill((byte) 0);
        }
        int count = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            count += answered(leaving.ofNode(node), pieces);
        }
        MemorySegment arriving = memory.bytes(count * rowBytes);
        return new StagedTransit(
                List.of(() -> collect(from, pieces, rowBytes), () -> answer(pieces, arriving, rowBytes)), () -> {
                    scatter(pieces, arriving, to, rowBytes);
                    memory.end();
                });
    }

    private Handle collect(MemorySegment from, Passage.Pieces pieces, long rowBytes) {
        MemorySegment sent = memory.bytes(neighbourRows(pieces) * rowBytes);
        copyByRelay(pieces, sent, from, rowBytes, true);
        return runtime.tokens().allToAllV(sent, byRelay(pieces, rowBytes), answers, byTarget(pieces, rowBytes));
    }

    private Handle answer(Passage.Pieces pieces, MemorySegment arriving, long rowBytes) {
        Parts send = parts();
        Parts receive = parts();
        int[] sources = relays.sources(rank);
        int sending = 0;
        for (int s = 0; s < sources.length; s++) {
            int count = answered(relayed.ofSource(s), pieces);
            set(send, sources[s], sending, count, rowBytes);
            sending += count;
        }
        int receiving = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            int count = answered(leaving.ofNode(node), pieces);
            set(receive, relays.of(node, rank), receiving, count, rowBytes);
            receiving += count;
        }
        return runtime.tokens().allToAllV(summed(pieces, sending * rowBytes, rowBytes), send, arriving, receive);
    }

    /** Sums in the experts' format, by source. */
    private MemorySegment summed(Passage.Pieces pieces, long bytes, long rowBytes) {
        MemorySegment summed = memory.bytes(bytes);
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        MemorySegment ofExperts = arena.toKernels(answers);
        long at = 0;
        for (int s = 0; s < relayed.sources(); s++) {
            int count = answered(relayed.ofSource(s), pieces);
            StepArena.Mark own = arena.mark();
            MemorySegment sums = arena.floats((long) count * width);
            runtime.kernels().vector().zero(sums, (long) count * width);
            work.sum(ofExperts, relayed.mergedFrom(s) + relayed.ofSource(s).answered(pieces.from()), count, sums);
            MemorySegment inFormat = arena.bytes(count * rowBytes);
            runtime.kernels().expertRows().gather(sums, relayed.identity(), inFormat, count, width);
            runtime.kernels().memory().copyOut(inFormat, summed.asSlice(at, count * rowBytes), count * rowBytes);
            arena.release(own);
            at += count * rowBytes;
        }
        arena.release(mark);
        return summed;
    }

    private void scatter(Passage.Pieces pieces, MemorySegment arrived, MemorySegment to, long rowBytes) {
        long at = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            int count = answered(leaving.ofNode(node), pieces);
            int from = leaving.from(node) + leaving.ofNode(node).answered(pieces.from());
            runtime.hostKernels()
                    .permute()
                    .scatterRows(
                            arrived.asSlice(at, count * rowBytes),
                            leaving.answers().asSlice((long) from * JAVA_INT.byteSize()),
                            to,
                            count,
                            (int) (rowBytes / Integer.BYTES));
            at += count * rowBytes;
        }
    }

    private static int answered(MergedRows merged, Passage.Pieces pieces) {
        return merged.answered(pieces.to()) - merged.answered(pieces.from());
    }

    /** Rows that experts of this rank exchange with the relays of the node. */
    private int neighbourRows(Passage.Pieces pieces) {
        int count = 0;
        for (int source = 0; source < topology.rankCount(); source++) {
            count += rows.rows(source, rank, pieces.from(), pieces.to());
        }
        return count;
    }

    /** Of the relay's rows, those for each rank of the node. */
    private Parts byTarget(Passage.Pieces pieces, long rowBytes) {
        Parts parts = parts();
        for (int target = 0; target < neighbours; target++) {
            int begin = relayed.rowFrom(target, pieces.from());
            set(parts, first + target, begin, relayed.rowFrom(target, pieces.to()) - begin, rowBytes);
        }
        return parts;
    }

    /** Of an expert's rows, those that each relay of the node stands for. */
    private Parts byRelay(Passage.Pieces pieces, long rowBytes) {
        Parts parts = parts();
        int next = 0;
        for (int relay = first; relay < first + neighbours; relay++) {
            int count = 0;
            for (int source : relays.sources(relay)) {
                count += rows.rows(source, rank, pieces.from(), pieces.to());
            }
            set(parts, relay, next, count, rowBytes);
            next += count;
        }
        return parts;
    }

    /** Copies rows by relay, piece and source to received order, or back. */
    private void copyByRelay(
            Passage.Pieces pieces, MemorySegment byRelay, MemorySegment received, long rowBytes, boolean back) {
        long at = 0;
        for (int relay = first; relay < first + neighbours; relay++) {
            int[] sources = relays.sources(relay);
            for (int piece = pieces.from(); piece < pieces.to(); piece++) {
                for (int source : sources) {
                    long bytes = rows.rows(source, rank, piece, piece + 1) * rowBytes;
                    MemorySegment there = received.asSlice(rows.receivedFrom(source, piece) * rowBytes, bytes);
                    MemorySegment here = byRelay.asSlice(at, bytes);
                    (back ? here : there).copyFrom(back ? there : here);
                    at += bytes;
                }
            }
        }
    }

    private Parts parts() {
        return new Parts(new long[topology.rankCount()], new long[topology.rankCount()]);
    }

    private static void set(Parts parts, int peer, int from, int count, long rowBytes) {
        parts.at()[peer] = from * rowBytes;
        parts.bytes()[peer] = count * rowBytes;
    }

    /** What is summed on its way must be numbers. */
    private void requireFormat(long rowBytes) {
        long allowed = runtime.kernels().feedForward().format().bytes(width);
        if (rowBytes != allowed) {
            throw new IllegalArgumentException("deduplicated exchange: rows of " + rowBytes + " bytes, allowed are "
                    + allowed + ", as they are added up on their way");
        }
    }
}
