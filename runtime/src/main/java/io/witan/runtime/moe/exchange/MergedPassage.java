package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Handle;
import io.witan.collectives.Parts;
import io.witan.kernels.ExpertRowsKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Passage;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/**
 * A row for each token and node. What the relays need to make rows of experts from it goes ahead: of each row its merged row and its
 * weight. They keep the experts' answers until backward, and send the gradients of the weights.
 */
final class MergedPassage implements Passage {
    private final RankRuntime runtime;
    private final TransitMemory memory;
    private final int width;
    private final Routed routed;
    private final TokenRows rows;
    private final Relays relays;
    private final ExpertRowsKernel kernel;
    private final LeavingRows leaving;
    private final MemorySegment entries;
    private Handle announced;
    private RelayedRows relayed;
    private MergedLeg forward;
    private RelayBackward backward;

    /** @param width D */
    MergedPassage(RankRuntime runtime, TransitMemory memory, int width, Routed routed, TokenRows rows) {
        this.runtime = runtime;
        this.memory = memory;
        this.width = width;
        this.routed = routed;
        this.rows = rows;
        this.relays = new Relays(runtime.topology());
        this.kernel = runtime.kernels().expertRows();
        this.leaving = new LeavingRows(runtime, rows, routed.choices());
        this.entries = runtime.arena().hostBytes((long) relayedRows() * RelayedRows.ENTRY_BYTES);
        announce();
    }

    /** Rows whose relay is this rank. */
    private int relayedRows() {
        int count = 0;
        for (int source : relays.sources(runtime.rank())) {
            count += rowsHere(source);
        }
        return count;
    }

    private int rowsHere(int source) {
        int node = runtime.topology().nodeOf(runtime.rank());
        int first = runtime.topology().firstRank(node);
        int count = 0;
        for (int target = first; target < first + runtime.topology().rankCount(node); target++) {
            count += rows.rows(source, target, 0, rows.pieces());
        }
        return count;
    }

    /** Tells relays of the rows that will come. */
    private void announce() {
        StepArena arena = runtime.arena();
        MemorySegment own = arena.hostBytes((long) rows.sent() * RelayedRows.ENTRY_BYTES);
        for (int node = 0; node < runtime.topology().nodeCount(); node++) {
            MergedRows merged = leaving.ofNode(node);
            for (int row = 0; row < merged.rows(); row++) {
                own.setAtIndex(JAVA_INT, 2L * (firstRow(node) + row), merged.merged(row));
            }
        }
        MemorySegment position = arena.toHost(rows.position());
        MemorySegment weight = arena.toHost(routed.weight());
        for (int i = 0; i < rows.tokens() * routed.choices(); i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            if (row < rows.sent()) {
                own.setAtIndex(JAVA_FLOAT, 2L * row + 1, weight.getAtIndex(JAVA_FLOAT, i));
            }
        }
        announced = runtime.tokens()
                .allToAllV(own, atSource(RelayedRows.ENTRY_BYTES), entries, atRelay(RelayedRows.ENTRY_BYTES));
    }

    private int firstRow(int node) {
        return rows.sentFrom(runtime.topology().firstRank(node), 0);
    }

    /** Of this rank's rows, those that each relay stands for. */
    Parts atSource(long bytes) {
        Parts parts = new Parts(new long[runtime.size()], new long[runtime.size()]);
        for (int node = 0; node < runtime.topology().nodeCount(); node++) {
            int relay = relays.of(node, runtime.rank());
            parts.at()[relay] = firstRow(node) * bytes;
            parts.bytes()[relay] = leaving.ofNode(node).rows() * bytes;
        }
        return parts;
    }

    /** Of the rows that this rank stands for, those of each source. */
    Parts atRelay(long bytes) {
        Parts parts = new Parts(new long[runtime.size()], new long[runtime.size()]);
        long at = 0;
        for (int source : relays.sources(runtime.rank())) {
            parts.at()[source] = at;
            parts.bytes()[source] = rowsHere(source) * bytes;
            at += parts.bytes()[source];
        }
        return parts;
    }

    RankRuntime runtime() {
        return runtime;
    }

    TokenRows assignments() {
        return rows;
    }

    LeavingRows leaving() {
        return leaving;
    }

    RelayedRows relayed() {
        return relayed;
    }

    @Override
    public boolean hasVoidRow() {
        return true;
    }

    @Override
    public void order(MemorySegment x, MemorySegment to) {
        kernel.gather(x, leaving.token(), to, leaving.count(), width);
    }

    @Override
    public void inverse(MemorySegment y, MemorySegment out) {
        kernel.sumByPosition(y, leaving.position(), out, rows.tokens(), leaving.parts(), width, 1);
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
    public Leg forward() {
        announced.await();
        relayed = new RelayedRows(runtime, rows, relays.sources(runtime.rank()), routed.choices(), entries);
        forward = new MergedLeg(this, memory, new RelayForward(runtime, relayed, width), width);
        return forward;
    }

    @Override
    public Leg backward() {
        backward = new RelayBackward(this, forward.answers(), width);
        return new MergedLeg(this, memory, backward, width);
    }

    @Override
    public boolean weightsTravel() {
        return true;
    }

    @Override
    public MemorySegment weightGradient() {
        MemorySegment ofRows = backward.weightGradients();
        MemorySegment position = runtime.arena().toHost(rows.position());
        int assignments = rows.tokens() * routed.choices();
        MemorySegment gradient = runtime.arena().hostBytes((long) assignments * Float.BYTES);
        for (int i = 0; i < assignments; i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            gradient.setAtIndex(JAVA_FLOAT, i, row < rows.sent() ? ofRows.getAtIndex(JAVA_FLOAT, row) : 0);
        }
        return runtime.arena().toKernels(gradient);
    }
}
