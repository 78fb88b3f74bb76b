package io.witan.runtime.moe.exchange;

import io.witan.collectives.Communicator;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.RowExchange;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What leaves a node leaves through its first rank (the hierarchical all-to-all of Hetu): ranks give it their rows for other nodes, first ranks
 * exchange those of whole nodes, and pass on what has come. Few large messages between nodes; everything goes through one rank. Rows inside
 * the node go straight.
 */
public final class LeaderExchange implements RowExchange {
    private final Communicator communicator;
    private final Topology topology;
    private final StepArena arena;
    private final int rank;
    private final int node;

    public LeaderExchange(Communicator communicator, Topology topology, StepArena arena) {
        this.communicator = communicator;
        this.topology = topology;
        this.arena = arena;
        this.rank = communicator.rank();
        this.node = topology.nodeOf(rank);
    }

    @Override
    public void exchange(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        StepArena.Mark mark = arena.mark();
        MemorySegment arrived = gather(from, counts, rowBytes);
        MemorySegment foreign = isLeader() ? between(arrived, counts, rowBytes) : arena.hostBytes(0);
        scatter(foreign, counts, to, rowBytes, inside(arrived, counts, rowBytes));
        arena.release(mark);
    }

    private boolean isLeader() {
        return rank == first(node);
    }

    /**
     * Inside a node.
     *
     * @return by source of the node: its rows for this rank, and, to the leader, those for ranks of other nodes by target
     */
    private MemorySegment gather(MemorySegment from, Counts counts, long rowBytes) {
        int ranks = topology.rankCount();
        RowParcel own = new RowParcel(from, rowBytes, ranks);
        long[] send = new long[ranks];
        long[] receive = new long[ranks];
        for (int t = 0; t < ranks; t++) {
            own.lie(rank, t, counts.rows(rank, t));
            send[topology.nodeOf(t) == node ? t : first(node)] += counts.rows(rank, t) * rowBytes;
        }
        for (int s = first(node); s < end(node); s++) {
            receive[s] = counts.rows(s, rank) * rowBytes;
            for (int t = 0; t < ranks && isLeader(); t++) {
                receive[s] += topology.nodeOf(t) == node ? 0 : counts.rows(s, t) * rowBytes;
            }
        }
        MemorySegment sent = arena.hostBytes(Arrays.stream(send).sum());
        long offset = 0;
        for (int c = first(node); c < end(node); c++) {
            offset = own.copy(rank, c, sent, offset);
            for (int t = 0; t < ranks && c == first(node); t++) {
                offset = topology.nodeOf(t) == node ? offset : own.copy(rank, t, sent, offset);
            }
        }
        MemorySegment arrived = arena.hostBytes(Arrays.stream(receive).sum());
        communicator.allToAllV(sent, send, arrived, receive).await();
        if (!isLeader()) {
            idle();
        }
        return arrived;
    }

    /** Ranks that are no leaders take part in the exchange of leaders with nothing. */
    private void idle() {
        long[] nothing = new long[topology.rankCount()];
        MemorySegment empty = arena.hostBytes(0);
        communicator.allToAllV(empty, nothing, empty, nothing).await();
    }

    /** What {@link #gather} brought, as it lies. */
    private RowParcel inside(MemorySegment arrived, Counts counts, long rowBytes) {
        RowParcel parcel = new RowParcel(arrived, rowBytes, topology.rankCount());
        for (int s = first(node); s < end(node); s++) {
            parcel.lie(s, rank, counts.rows(s, rank));
            for (int t = 0; t < topology.rankCount() && isLeader(); t++) {
                if (topology.nodeOf(t) != node) {
                    parcel.lie(s, t, counts.rows(s, t));
                }
            }
        }
        return parcel;
    }

    /** @return rows of other nodes for this one, by source node, then target, then source */
    private MemorySegment between(MemorySegment arrived, Counts counts, long rowBytes) {
        int ranks = topology.rankCount();
        RowParcel parcel = inside(arrived, counts, rowBytes);
        long[] send = new long[ranks];
        long[] receive = new long[ranks];
        for (int other = 0; other < topology.nodeCount(); other++) {
            send[first(other)] = other == node ? 0 : rows(node, other, counts) * rowBytes;
            receive[first(other)] = other == node ? 0 : rows(other, node, counts) * rowBytes;
        }
        MemorySegment sent = arena.hostBytes(Arrays.stream(send).sum());
        long offset = 0;
        for (int t = 0; t < ranks; t++) {
            for (int s = first(node); s < end(node) && topology.nodeOf(t) != node; s++) {
                offset = parcel.copy(s, t, sent, offset);
            }
        }
        MemorySegment foreign = arena.hostBytes(Arrays.stream(receive).sum());
        communicator.allToAllV(sent, send, foreign, receive).await();
        return foreign;
    }

    private void scatter(MemorySegment foreign, Counts counts, MemorySegment to, long rowBytes, RowParcel inside) {
        long[] send = new long[topology.rankCount()];
        long[] receive = new long[topology.rankCount()];
        MemorySegment sent = arena.hostBytes(foreign.byteSize());
        if (isLeader()) {
            byTarget(foreign, counts, rowBytes, sent, send);
        }
        for (int s = 0; s < topology.rankCount(); s++) {
            receive[first(node)] += topology.nodeOf(s) == node ? 0 : counts.rows(s, rank) * rowBytes;
        }
        MemorySegment own = arena.hostBytes(receive[first(node)]);
        communicator.allToAllV(sent, send, own, receive).await();

        RowParcel outside = new RowParcel(own, rowBytes, topology.rankCount());
        for (int s = 0; s < topology.rankCount(); s++) {
            if (topology.nodeOf(s) != node) {
                outside.lie(s, rank, counts.rows(s, rank));
            }
        }
        long offset = 0;
        for (int s = 0; s < topology.rankCount(); s++) {
            offset = (topology.nodeOf(s) == node ? inside : outside).copy(s, rank, to, offset);
        }
    }

    /** By target of this node, then source. */
    private void byTarget(MemorySegment foreign, Counts counts, long rowBytes, MemorySegment sent, long[] send) {
        RowParcel parcel = new RowParcel(foreign, rowBytes, topology.rankCount());
        for (int other = 0; other < topology.nodeCount(); other++) {
            for (int t = first(node); t < end(node) && other != node; t++) {
                for (int s = first(other); s < end(other); s++) {
                    parcel.lie(s, t, counts.rows(s, t));
                }
            }
        }
        long offset = 0;
        for (int t = first(node); t < end(node); t++) {
            long begin = offset;
            for (int s = 0; s < topology.rankCount(); s++) {
                offset = parcel.copy(s, t, sent, offset);
            }
            send[t] = offset - begin;
        }
    }

    private int rows(int fromNode, int toNode, Counts counts) {
        int rows = 0;
        for (int s = first(fromNode); s < end(fromNode); s++) {
            for (int t = first(toNode); t < end(toNode); t++) {
                rows += counts.rows(s, t);
            }
        }
        return rows;
    }

    private int first(int ofNode) {
        return topology.firstRank(ofNode);
    }

    private int end(int ofNode) {
        return topology.firstRank(ofNode) + topology.rankCount(ofNode);
    }
}
