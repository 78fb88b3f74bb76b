package io.witan.runtime.moe;

import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** A row for each assignment, there and back the same way. */
final class RowDispatcher implements TokenDispatcher, TokenDispatcher.Direction {
    private final RowExchange way;
    private final Order order;
    private final Routed routed;
    private final TokenRows rows;
    private final StepArena arena;
    private MemorySegment dWeight;

    RowDispatcher(RowExchange way, Order order, Routed routed, TokenRows rows, StepArena arena) {
        this.way = way;
        this.order = order;
        this.routed = routed;
        this.rows = rows;
        this.arena = arena;
    }

    @Override
    public boolean hasVoidRow() {
        return routed.mayDrop();
    }

    @Override
    public void order(MemorySegment x, MemorySegment to) {
        order.order(x, routed, rows, to);
    }

    @Override
    public void inverse(MemorySegment y, MemorySegment out) {
        order.inverse(y, routed, rows, out);
    }

    @Override
    public void inverseBackward(MemorySegment y, MemorySegment dOut, MemorySegment dy) {
        dWeight = arena.floats((long) rows.tokens() * routed.choices());
        order.inverseBackward(y, routed, rows, dOut, dy, dWeight);
    }

    @Override
    public void orderBackward(MemorySegment dRows, MemorySegment dx) {
        order.orderBackward(dRows, routed, rows, dx);
    }

    @Override
    public boolean weightsTravel() {
        return false;
    }

    @Override
    public MemorySegment weightGradient() {
        return dWeight;
    }

    @Override
    public Direction forward() {
        return this;
    }

    @Override
    public Direction backward() {
        return this;
    }

    @Override
    public int rows() {
        return rows.sent();
    }

    @Override
    public MemorySegment receivedRow() {
        return rows.receivedRow();
    }

    @Override
    public RowExchange.Transit dispatch(MemorySegment from, Pieces pieces, MemorySegment to, long rowBytes) {
        return way.start(from, new Outward(pieces), to, rowBytes);
    }

    @Override
    public RowExchange.Transit combine(MemorySegment from, Pieces pieces, MemorySegment to, long rowBytes) {
        return way.start(from, new Inward(new Outward(pieces)), to, rowBytes);
    }

    private final class Outward implements RowExchange.Counts {
        private final Pieces pieces;

        Outward(Pieces pieces) {
            this.pieces = pieces;
        }

        @Override
        public int rows(int source, int target) {
            return rows.rows(source, target, pieces.from(), pieces.to());
        }

        @Override
        public int sentFrom(int target) {
            return rows.sentFrom(target, pieces.from());
        }

        @Override
        public int receivedFrom(int source) {
            return rows.receivedFrom(source, pieces.from());
        }
    }

    private record Inward(Outward outward) implements RowExchange.Counts {
        @Override
        public int rows(int source, int target) {
            return outward.rows(target, source);
        }

        @Override
        public int sentFrom(int target) {
            return outward.receivedFrom(target);
        }

        @Override
        public int receivedFrom(int source) {
            return outward.sentFrom(source);
        }
    }
}
