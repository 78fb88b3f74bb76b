package io.witan.runtime.moe.exchange;

import io.witan.collectives.Communicator;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.RowExchange;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * First inside the node, then between nodes (the 2D hierarchical all-to-all of DeepSpeed-MoE and Tutel): a rank gives each neighbour the rows for all
 * ranks of that neighbour's place in their nodes, and neighbours pass them on. Between nodes a rank then has N partners instead of R, and
 * G times as much for each. Where nodes differ in size, place p of a node of G ranks stands for p, p + G, ...
 */
public final class TwoLevelExchange implements RowExchange {
    private final Communicator communicator;
    private final Topology topology;
    private final StepArena arena;
    private final int rank;
    private final int node;

    public TwoLevelExchange(Communicator communicator, Topology topology, StepArena arena) {
        this.communicator = communicator;
        this.topology = topology;
        this.arena = arena;
        this.rank = communicator.rank();
        this.node = topology.nodeOf(rank);
    }

    /** Who of a node passes on what goes to a rank: the rank itself in its own node. */
    private int carrier(int ofNode, int target) {
        return topology.firstRank(ofNode) + topology.localRank(target) % topology.rankCount(ofNode);
    }

    @Override
    public void exchange(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        StepArena.Mark mark = arena.mark();
        MemorySegment gathered = inside(from, counts, rowBytes);
        between(gathered, counts, to, rowBytes);
        arena.release(mark);
    }

    /** Rows for the targets that this rank carries for, by source of the node, then target. */
    private MemorySegment inside(MemorySegment from, Counts counts, long rowBytes) {
        int ranks = topology.rankCount();
        RowParcel own = new RowParcel(from, rowBytes, ranks);
        long[] send = new long[ranks];
        long[] receive = new long[ranks];
        for (int t = 0; t < ranks; t++) {
            own.lie(rank, t, counts.rows(rank, t));
            send[carrier(node, t)] += counts.rows(rank, t) * rowBytes;
            for (int s = first(); s < end() && carrier(node, t) == rank; s++) {
                receive[s] += counts.rows(s, t) * rowBytes;
            }
        }
        MemorySegment sent = arena.hostBytes(Arrays.stream(send).sum());
        long offset = 0;
        for (int c = first(); c < end(); c++) {
            for (int t = 0; t < ranks; t++) {
                if (carrier(node, t) == c) {
                    offset = own.copy(rank, t, sent, offset);
                }
            }
        }
        MemorySegment gathered = arena.hostBytes(Arrays.stream(receive).sum());
        communicator.allToAllV(sent, send, gathered, receive).await();
        return gathered;
    }

    private void between(MemorySegment gathered, Counts counts, MemorySegment to, long rowBytes) {
        int ranks = topology.rankCount();
        RowParcel carried = new RowParcel(gathered, rowBytes, ranks);
        for (int s = first(); s < end(); s++) {
            for (int t = 0; t < ranks; t++) {
                if (carrier(node, t) == rank) {
                    carried.lie(s, t, counts.rows(s, t));
                }
            }
        }
        MemorySegment sent = arena.hostBytes(gathered.byteSize());
        long[] send = new long[ranks];
        long[] receive = new long[ranks];
        long offset = 0;
        for (int t = 0; t < ranks; t++) {
            long begin = offset;
            for (int s = first(); s < end() && carrier(node, t) == rank; s++) {
                offset = carried.copy(s, t, sent, offset);
            }
            send[t] = offset - begin;
        }
        for (int s = 0; s < ranks; s++) {
            receive[carrier(topology.nodeOf(s), rank)] += counts.rows(s, rank) * rowBytes;
        }
        // Sources of a node follow one another, and so do nodes: what arrives lies by source.
        communicator.allToAllV(sent, send, to, receive).await();
    }

    private int first() {
        return topology.firstRank(node);
    }

    private int end() {
        return topology.firstRank(node) + topology.rankCount(node);
    }
}
