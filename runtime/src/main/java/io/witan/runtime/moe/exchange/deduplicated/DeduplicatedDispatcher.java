package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.ExpertRowsKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenDispatcher;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/**
 * A row for each token and node. Relays keep the experts' answers until backward, and send the gradients of the weights.
 */
final class DeduplicatedDispatcher implements TokenDispatcher {
    private final Way way;
    private final Routed routed;
    private final TokenRows rows;
    private final ExpertRowsKernel kernel;
    private final Entries entries;
    private final LeavingRows leaving;
    private Announcement announcement;
    private ArrivingRows arriving;
    private MergedDirection forward;
    private RelayBackward relayBackward;

    DeduplicatedDispatcher(Way way, Routed routed, TokenRows rows) {
        this.way = way;
        this.routed = routed;
        this.rows = rows;
        this.kernel = way.runtime().kernels().expertRows();
        this.entries = new Entries(way.relays(), rows);
        this.leaving = new LeavingRows(way, rows, routed.choices());
    }

    @Override
    public void announce() {
        announcement = new Announcement(way, rows, routed, entries, leaving);
        arriving = new ArrivingRows(way, rows);
    }

    @Override
    public boolean hasVoidRow() {
        return true;
    }

    @Override
    public void order(MemorySegment x, MemorySegment to) {
        kernel.gather(x, leaving.token(), to, leaving.count(), way.width());
    }

    @Override
    public void inverse(MemorySegment y, MemorySegment out) {
        kernel.sumByPosition(y, leaving.position(), out, rows.tokens(), leaving.parts(), way.width(), 1);
    }

    @Override
    public void inverseBackward(MemorySegment y, MemorySegment dOut, MemorySegment dy) {
        order(dOut, dy);
    }

    @Override
    public void orderBackward(MemorySegment dRows, MemorySegment dx) {
        inverse(dRows, dx);
    }

    @Override
    public Direction forward() {
        forward = new MergedDirection(
                way, rows.pieces(), leaving, arriving, () -> new RelayForward(way, announcement.relayed()));
        return forward;
    }

    @Override
    public Direction backward() {
        relayBackward = new RelayBackward(way, announcement.relayed(), entries, forward.answers(), rows.sent());
        return new MergedDirection(way, rows.pieces(), leaving, arriving, () -> relayBackward);
    }

    @Override
    public boolean weightsTravel() {
        return true;
    }

    @Override
    public MemorySegment weightGradient() {
        MemorySegment ofRows = relayBackward.weightGradients();
        StepArena arena = way.runtime().arena();
        MemorySegment position = arena.toHost(rows.position());
        int assignments = rows.tokens() * routed.choices();
        MemorySegment gradient = arena.hostBytes((long) assignments * Float.BYTES);
        for (int i = 0; i < assignments; i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            gradient.setAtIndex(JAVA_FLOAT, i, row < rows.sent() ? ofRows.getAtIndex(JAVA_FLOAT, row) : 0);
        }
        return arena.toKernels(gradient);
    }
}
