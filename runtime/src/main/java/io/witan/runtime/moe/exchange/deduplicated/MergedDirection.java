package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.RowExchange.Transit;
import io.witan.runtime.moe.TokenDispatcher;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.exchange.hop.Hop;
import io.witan.runtime.moe.exchange.hop.HopTransit;
import io.witan.runtime.trace.Span;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * One direction over relays. Dispatch: merged rows go to the relay in each node, which makes the rows that they stand for and spreads them.
 * Combine: experts' rows go to the relays, which answer each merged row with one sum.
 */
final class MergedDirection implements TokenDispatcher.Direction {
    private final Way way;
    private final int pieces;
    private final LeavingRows leaving;
    private final ArrivingRows arriving;
    private final Supplier<RelayWork> opened;
    private RelayWork work;
    private RelayedRows relayed;
    /** [U] merged rows. */
    private MemorySegment came;
    /** [r] rows and one that nobody reads. */
    private MemorySegment spread;
    /** [r] rows and one of zeroes. */
    private MemorySegment answers;

    /**
     * @param pieces of all rows
     * @param opened this rank's work as a relay; asked for when rows leave
     */
    MergedDirection(Way way, int pieces, LeavingRows leaving, ArrivingRows arriving, Supplier<RelayWork> opened) {
        this.way = way;
        this.pieces = pieces;
        this.leaving = leaving;
        this.arriving = arriving;
        this.opened = opened;
    }

    @Override
    public int rows() {
        return leaving.count();
    }

    @Override
    public MemorySegment receivedRow() {
        return arriving.receivedRow();
    }

    /** [r, D] rows of experts, and one of zeroes; after combine. */
    MemorySegment answers() {
        return answers;
    }

    @Override
    public Transit dispatch(MemorySegment from, Pieces message, MemorySegment to, long rowBytes) {
        if (message.from() == 0) {
            work = opened.get();
            relayed = work.relayed();
        }
        way.memory().begin();
        if (message.from() == 0) {
            came = way.memory().bytes(relayed.count() * rowBytes);
            spread = way.memory().bytes((relayed.rows() + 1) * rowBytes);
        }
        Hop crossing = way.hops()
                .between(
                        null,
                        lane -> lane.allToAllV(
                                from, leaving.needed(message, rowBytes), came, relayed.needed(message, rowBytes)));
        Hop spreading = way.hops().inside(crossing, lane -> spread(lane, message, to, rowBytes));
        if (message.to() == pieces) {
            work.spreadAll(spreading);
        }
        return new HopTransit(way.hops(), spreading, way.memory()::end);
    }

    private Handle spread(Communicator lane, Pieces message, MemorySegment to, long rowBytes) {
        way.hops().work(Span.RELAY, () -> work.spread(came, message, spread));
        return lane.allToAllV(spread, relayed.byTarget(message, rowBytes), to, arriving.byRelay(message, rowBytes));
    }

    @Override
    public Transit combine(MemorySegment from, Pieces message, MemorySegment to, long rowBytes) {
        if (message.from() == 0) {
            answers = way.runtime().arena().hostBytes((relayed.rows() + 1) * rowBytes);
            answers.asSlice(relayed.rows() * rowBytes).fill((byte) 0);
        }
        way.memory().begin();
        MemorySegment arrived = way.memory().bytes(leaving.answered(message) * rowBytes);
        Hop collecting = way.hops()
                .inside(
                        null,
                        lane -> lane.allToAllV(
                                from,
                                arriving.byRelay(message, rowBytes),
                                answers,
                                relayed.byTarget(message, rowBytes)));
        Hop answering = way.hops().between(collecting, lane -> answer(lane, message, arrived, rowBytes));
        return new HopTransit(way.hops(), answering, () -> {
            scatter(message, arrived, to, rowBytes);
            way.memory().end();
        });
    }

    private Handle answer(Communicator lane, Pieces message, MemorySegment arrived, long rowBytes) {
        MemorySegment summed = way.memory().bytes(relayed.answered(message) * rowBytes);
        way.hops().work(Span.RELAY, () -> sum(message, summed, rowBytes));
        return lane.allToAllV(
                summed, relayed.answered(message, rowBytes), arrived, leaving.answered(message, rowBytes));
    }

    /** Sums in the experts' format, by source. */
    private void sum(Pieces message, MemorySegment summed, long rowBytes) {
        RankRuntime runtime = way.runtime();
        StepArena arena = runtime.arena();
        int width = way.width();
        StepArena.Mark mark = arena.mark();
        MemorySegment ofExperts = arena.toKernels(answers);
        long at = 0;
        for (int s = 0; s < relayed.sources(); s++) {
            int count = relayed.answered(s, message);
            StepArena.Mark own = arena.mark();
            MemorySegment sums = arena.floats((long) count * width);
            runtime.kernels().vector().zero(sums, (long) count * width);
            work.sum(ofExperts, relayed.mergedFrom(s) + relayed.ofSource(s).answered(message.from()), count, sums);
            MemorySegment inFormat = arena.bytes(count * rowBytes);
            runtime.kernels().expertRows().gather(sums, relayed.identity(), inFormat, count, width);
            runtime.kernels().memory().copyOut(inFormat, summed.asSlice(at, count * rowBytes), count * rowBytes);
            arena.release(own);
            at += count * rowBytes;
        }
        arena.release(mark);
    }

    private void scatter(Pieces message, MemorySegment arrived, MemorySegment to, long rowBytes) {
        long at = 0;
        for (int node = 0; node < way.relays().nodes(); node++) {
            int count = leaving.answered(node, message);
            way.runtime()
                    .hostKernels()
                    .permute()
                    .scatterRows(
                            arrived.asSlice(at, count * rowBytes),
                            leaving.answers(node, message.from()),
                            to,
                            count,
                            (int) (rowBytes / Integer.BYTES));
            at += count * rowBytes;
        }
    }
}
