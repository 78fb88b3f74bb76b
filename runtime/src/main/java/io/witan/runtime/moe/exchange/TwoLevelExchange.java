package io.witan.runtime.moe.exchange;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.moe.exchange.hop.Hop;
import io.witan.runtime.moe.exchange.hop.HopTransit;
import io.witan.runtime.moe.exchange.hop.Hops;
import io.witan.runtime.moe.exchange.hop.TransitMemory;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * First inside the node, then between nodes (the 2D hierarchical all-to-all of DeepSpeed-MoE and Tutel): a rank gives each neighbour the rows for all
 * ranks of that neighbour's place in their nodes, and neighbours pass them on. Between nodes a rank then has N partners instead of R, and
 * G times as much for each ({@link Topology#counterpart}).
 */
public final class TwoLevelExchange implements RowExchange {
    private final Topology topology;
    private final Hops hops;
    private final TransitMemory memory;
    private final int rank;
    private final int node;

    TwoLevelExchange(RankRuntime runtime, Hops hops, TransitMemory memory) {
        this.topology = runtime.topology();
        this.hops = hops;
        this.memory = memory;
        this.rank = runtime.rank();
        this.node = topology.nodeOf(rank);
    }

    /** Who of a node passes on what goes to a rank: the rank itself in its own node. */
    private int carrier(int ofNode, int target) {
        return topology.counterpart(target, ofNode);
    }

    @Override
    public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        Rows rows = new Rows(from, counts, to, rowBytes);
        memory.begin();
        Hop inside = hops.inside(null, rows::inside);
        return new HopTransit(hops, hops.between(inside, rows::between), rows::arrive);
    }

    private final class Rows {
        private final MemorySegment from;
        private final Counts counts;
        private final MemorySegment to;
        private final long rowBytes;
        private final int ranks = topology.rankCount();
        private MemorySegment gathered;
        private MemorySegment arrived;

        Rows(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
            this.from = from;
            this.counts = counts;
            this.to = to;
            this.rowBytes = rowBytes;
        }

        /** Brings the rows for the targets that this rank carries for, by source of the node, then target. */
        Handle inside(Communicator lane) {
            RowParcel own = new RowParcel(from, rowBytes, ranks);
            long[] send = new long[ranks];
            long[] receive = new long[ranks];
            for (int t = 0; t < ranks; t++) {
                own.lie(rank, t, counts.rows(rank, t), counts.sentFrom(t));
                send[carrier(node, t)] += counts.rows(rank, t) * rowBytes;
                for (int s = first(); s < end() && carrier(node, t) == rank; s++) {
                    receive[s] += counts.rows(s, t) * rowBytes;
                }
            }
            MemorySegment sent = memory.bytes(Arrays.stream(send).sum());
            long offset = 0;
            for (int c = first(); c < end(); c++) {
                for (int t = 0; t < ranks; t++) {
                    if (carrier(node, t) == c) {
                        offset = own.copy(rank, t, sent, offset);
                    }
                }
            }
            gathered = memory.bytes(Arrays.stream(receive).sum());
            return lane.allToAllV(sent, send, gathered, receive);
        }

        Handle between(Communicator lane) {
            RowParcel carried = new RowParcel(gathered, rowBytes, ranks);
            for (int s = first(); s < end(); s++) {
                for (int t = 0; t < ranks; t++) {
                    if (carrier(node, t) == rank) {
                        carried.lie(s, t, counts.rows(s, t));
                    }
                }
            }
            MemorySegment sent = memory.bytes(gathered.byteSize());
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
            arrived = memory.bytes(Arrays.stream(receive).sum());
            return lane.allToAllV(sent, send, arrived, receive);
        }

        /** Sources of a node follow one another, and so do nodes: what has come lies by source. */
        void arrive() {
            RowParcel bySource = new RowParcel(arrived, rowBytes, ranks);
            for (int s = 0; s < ranks; s++) {
                bySource.lie(s, rank, counts.rows(s, rank));
                bySource.copy(s, rank, to, counts.receivedFrom(s) * rowBytes);
            }
            memory.end();
        }
    }

    private int first() {
        return topology.firstRank(node);
    }

    private int end() {
        return topology.firstRank(node) + topology.rankCount(node);
    }
}
