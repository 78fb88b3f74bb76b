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
 * What leaves a node leaves through its first rank (the hierarchical all-to-all of Hetu): ranks give it their rows for other nodes, first ranks
 * exchange those of whole nodes, and pass on what has come. Few large messages between nodes; everything goes through one rank. Rows inside
 * the node go straight.
 */
public final class LeaderExchange implements RowExchange {
    private final Topology topology;
    private final Hops hops;
    private final TransitMemory memory;
    private final int rank;
    private final int node;

    LeaderExchange(RankRuntime runtime, Hops hops, TransitMemory memory) {
        this.topology = runtime.topology();
        this.hops = hops;
        this.memory = memory;
        this.rank = runtime.rank();
        this.node = topology.nodeOf(rank);
    }

    @Override
    public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        Rows rows = new Rows(from, counts, to, rowBytes);
        memory.begin();
        Hop gather = hops.inside(null, rows::gather);
        Hop between = hops.between(gather, rows::between);
        return new HopTransit(hops, hops.inside(between, rows::scatter), rows::arrive);
    }

    private boolean isLeader() {
        return rank == first(node);
    }

    private final class Rows {
        private final MemorySegment from;
        private final Counts counts;
        private final MemorySegment to;
        private final long rowBytes;
        private final int ranks = topology.rankCount();
        /** By source of the node: its rows for this rank, and, to the leader, those for ranks of other nodes by target. */
        private MemorySegment arrived;
        /** To the leader: rows of other nodes for this one, by source node, then target, then source. */
        private MemorySegment foreign;
        /** Rows of other nodes for this rank, by source. */
        private MemorySegment own;

        Rows(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
            this.from = from;
            this.counts = counts;
            this.to = to;
            this.rowBytes = rowBytes;
        }

        /** Inside a node. */
        Handle gather(Communicator lane) {
            RowParcel leaving = new RowParcel(from, rowBytes, ranks);
            long[] send = new long[ranks];
            long[] receive = new long[ranks];
            for (int t = 0; t < ranks; t++) {
                leaving.lie(rank, t, counts.rows(rank, t), counts.sentFrom(t));
                send[topology.nodeOf(t) == node ? t : first(node)] += counts.rows(rank, t) * rowBytes;
            }
            for (int s = first(node); s < end(node); s++) {
                receive[s] = counts.rows(s, rank) * rowBytes;
                for (int t = 0; t < ranks && isLeader(); t++) {
                    receive[s] += topology.nodeOf(t) == node ? 0 : counts.rows(s, t) * rowBytes;
                }
            }
            MemorySegment sent = memory.bytes(Arrays.stream(send).sum());
            long offset = 0;
            for (int c = first(node); c < end(node); c++) {
                offset = leaving.copy(rank, c, sent, offset);
                for (int t = 0; t < ranks && c == first(node); t++) {
                    offset = topology.nodeOf(t) == node ? offset : leaving.copy(rank, t, sent, offset);
                }
            }
            arrived = memory.bytes(Arrays.stream(receive).sum());
            return lane.allToAllV(sent, send, arrived, receive);
        }

        /** What {@link #gather} brought, as it lies. */
        private RowParcel inside() {
            RowParcel parcel = new RowParcel(arrived, rowBytes, ranks);
            for (int s = first(node); s < end(node); s++) {
                parcel.lie(s, rank, counts.rows(s, rank));
                for (int t = 0; t < ranks && isLeader(); t++) {
                    if (topology.nodeOf(t) != node) {
                        parcel.lie(s, t, counts.rows(s, t));
                    }
                }
            }
            return parcel;
        }

        /** Between leaders; the others take part with nothing. */
        Handle between(Communicator lane) {
            long[] send = new long[ranks];
            long[] receive = new long[ranks];
            for (int other = 0; other < topology.nodeCount() && isLeader(); other++) {
                send[first(other)] = other == node ? 0 : rows(node, other) * rowBytes;
                receive[first(other)] = other == node ? 0 : rows(other, node) * rowBytes;
            }
            MemorySegment sent = memory.bytes(Arrays.stream(send).sum());
            RowParcel parcel = inside();
            long offset = 0;
            for (int t = 0; t < ranks && isLeader(); t++) {
                for (int s = first(node); s < end(node) && topology.nodeOf(t) != node; s++) {
                    offset = parcel.copy(s, t, sent, offset);
                }
            }
            foreign = memory.bytes(Arrays.stream(receive).sum());
            return lane.allToAllV(sent, send, foreign, receive);
        }

        Handle scatter(Communicator lane) {
            long[] send = new long[ranks];
            long[] receive = new long[ranks];
            MemorySegment sent = memory.bytes(foreign.byteSize());
            if (isLeader()) {
                byTarget(sent, send);
            }
            for (int s = 0; s < ranks; s++) {
                receive[first(node)] += topology.nodeOf(s) == node ? 0 : counts.rows(s, rank) * rowBytes;
            }
            own = memory.bytes(receive[first(node)]);
            return lane.allToAllV(sent, send, own, receive);
        }

        /** By target of this node, then source. */
        private void byTarget(MemorySegment sent, long[] send) {
            RowParcel parcel = new RowParcel(foreign, rowBytes, ranks);
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
                for (int s = 0; s < ranks; s++) {
                    offset = parcel.copy(s, t, sent, offset);
                }
                send[t] = offset - begin;
            }
        }

        void arrive() {
            RowParcel inside = inside();
            RowParcel outside = new RowParcel(own, rowBytes, ranks);
            for (int s = 0; s < ranks; s++) {
                if (topology.nodeOf(s) != node) {
                    outside.lie(s, rank, counts.rows(s, rank));
                }
                (topology.nodeOf(s) == node ? inside : outside).copy(s, rank, to, counts.receivedFrom(s) * rowBytes);
            }
            memory.end();
        }

        private int rows(int fromNode, int toNode) {
            int rows = 0;
            for (int s = first(fromNode); s < end(fromNode); s++) {
                for (int t = first(toNode); t < end(toNode); t++) {
                    rows += counts.rows(s, t);
                }
            }
            return rows;
        }
    }

    private int first(int ofNode) {
        return topology.firstRank(ofNode);
    }

    private int end(int ofNode) {
        return topology.firstRank(ofNode) + topology.rankCount(ofNode);
    }
}
