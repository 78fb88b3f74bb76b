package io.witan.collectives.dense;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * What one rank exchanges in each dense operation without a root. Inside a node everyone reads from everyone. Between nodes
 * each part goes once to a node, to its deputy ({@link Deputies}) there, which passes it on; sums go the other way
 * ({@link NodeSums}). All parts move by slices, so that the network and the node work at once.
 *
 * <p>Guarded by the engine's lock.
 */
public final class DenseExchanges {
    /** Up to this length an all-reduce may send whole buffers to everyone, which saves a round. */
    private static final long SMALL_REDUCTION_BYTES = Transport.LARGEST_COPY_BYTES;

    private final int rank;
    private final Topology topology;
    private final int size;
    private final Deputies deputies;
    private final NodeSums sums;
    // Reused from here on; the engine's lock guards them.
    private final Part[] terms;
    private final Part[] nodeSums;
    private final Part[] passedOn;
    private final long[] slices;

    public DenseExchanges(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
        this.size = topology.rankCount();
        this.deputies = new Deputies(rank, topology);
        this.sums = new NodeSums(rank, topology, deputies);
        this.terms = new Part[largestNode(topology)];
        this.nodeSums = new Part[topology.nodeCount()];
        this.passedOn = new Part[size];
        this.slices = new long[size];
    }

    public void barrier(Exchange exchange) {
        exchange.meetAll();
    }

    /** @param bytes bytes[r] = length of rank r's part, of which recv holds all in rank order */
    public void allGather(Exchange exchange, MemorySegment send, MemorySegment recv, long[] bytes) {
        exchange.meetAll();
        Part own = exchange.present(send, 0, bytes[rank]);
        exchange.copy(own, exchange.room(recv, start(bytes, rank), bytes[rank]));
        gather(exchange, own, recv, bytes);
    }

    /**
     * @param sent what is for each rank
     * @param received where what comes from each rank goes
     */
    public void allToAll(Exchange exchange, IntFunction<Part> sent, IntFunction<Part> received) {
        exchange.meetAll();
        for (int peer = 0; peer < size; peer++) {
            Part from = sent.apply(peer);
            Part to = received.apply(peer);
            if (peer == rank) {
                exchange.copy(from, to);
            } else {
                exchange.send(peer, from);
                exchange.receive(peer, to);
            }
        }
    }

    /** @param bytes bytes[r] = length of the part that rank r keeps, of which send holds all in rank order */
    public void reduceScatter(
            Exchange exchange, SumKernel kernel, MemorySegment send, MemorySegment recv, long[] bytes) {
        exchange.meetAll();
        reduceParts(exchange, kernel, send, exchange.room(recv, 0, bytes[rank]), bytes);
    }

    /** @param recv as long as send, or send itself */
    public void allReduce(Exchange exchange, SumKernel kernel, MemorySegment send, MemorySegment recv) {
        exchange.meetAll();
        if (isSmall(send.byteSize())) {
            reduceEverywhere(exchange, kernel, send, recv);
            return;
        }
        sliceEvenly(send.byteSize(), kernel.elementBytes());
        exchange.beginLevel(Levels.SUMS);
        Part own = exchange.room(recv, start(slices, rank), slices[rank]);
        exchange.beginLevel(0);
        reduceParts(exchange, kernel, send, own, slices);
        gather(exchange, own, recv, slices);
    }

    private boolean isSmall(long bytes) {
        return bytes <= SMALL_REDUCTION_BYTES && deputies.mostCrossing(bytes) <= Deputies.HOP_BYTES;
    }

    /** Parts that are, or will be, with their rank go to everyone: once to each other node, and on from there. */
    private void gather(Exchange exchange, Part own, MemorySegment recv, long[] bytes) {
        exchange.beginLevel(Levels.SUMS);
        deputies.sendToLocals(exchange, own);
        deputies.sendToNodes(exchange, own, rank);
        long at = 0;
        for (int owner = 0; owner < size; owner++) {
            int entry = deputies.of(owner);
            if (owner != rank && (entry == owner || entry == rank)) {
                passedOn[owner] = exchange.receive(owner, exchange.room(recv, at, bytes[owner]));
            }
            at += bytes[owner];
        }
        exchange.beginLevel(Levels.PASSED_ON);
        at = 0;
        for (int owner = 0; owner < size; owner++) {
            int entry = deputies.of(owner);
            if (entry != owner && entry == rank) {
                deputies.sendToLocals(exchange, passedOn[owner]);
            } else if (entry != owner) {
                exchange.receive(entry, exchange.room(recv, at, bytes[owner]));
            }
            at += bytes[owner];
        }
        Arrays.fill(passedOn, null);
    }

    /** Sums part r of all buffers on rank r. */
    private void reduceParts(Exchange exchange, SumKernel kernel, MemorySegment send, Part sum, long[] bytes) {
        long at = 0;
        for (int owner = 0; owner < size; owner++) {
            reduceOne(exchange, kernel, owner, send, at, bytes[owner], owner == rank ? sum : null);
            at += bytes[owner];
        }
        for (int owner = 0; owner < size; owner++) {
            sendNodeSum(exchange, owner);
        }
    }

    /**
     * The part of one owner: its deputies sum their nodes' terms, the owner sums those. What a deputy has for the owner is
     * then in {@code passedOn}, to be sent by {@link #sendNodeSum}, behind the terms of all owners.
     */
    private void reduceOne(
            Exchange exchange, SumKernel kernel, int owner, MemorySegment send, long at, long bytes, Part sum) {
        boolean ends = topology.nodeCount() == 1;
        Part nodeSum = sums.ofNode(exchange, kernel, owner, send, at, bytes, ends ? sum : null);
        if (owner != rank) {
            passedOn[owner] = nodeSum;
        } else if (!ends) {
            sums.ofNodes(exchange, kernel, owner, nodeSum, sum);
        }
    }

    private void sendNodeSum(Exchange exchange, int owner) {
        if (passedOn[owner] != null) {
            exchange.send(owner, passedOn[owner]);
            passedOn[owner] = null;
        }
    }

    /** Everyone sums everything, in the same order as the deputies would. */
    private void reduceEverywhere(Exchange exchange, SumKernel kernel, MemorySegment send, MemorySegment recv) {
        long bytes = send.byteSize();
        Part own = exchange.present(send, 0, bytes);
        Part sum = exchange.room(recv, 0, bytes);
        for (int n = 0; n < topology.nodeCount(); n++) {
            int first = topology.firstRank(n);
            int count = topology.rankCount(n);
            for (int i = 0; i < count; i++) {
                int peer = first + i;
                terms[i] = peer == rank ? own : exchange.receive(peer, exchange.term(bytes));
                if (peer != rank) {
                    exchange.send(peer, own);
                }
            }
            nodeSums[n] = terms[0];
            if (topology.nodeCount() == 1) {
                exchange.sumLast(kernel, sum, terms, count);
            } else if (count > 1) {
                nodeSums[n] = exchange.scratch(bytes);
                exchange.sum(kernel, nodeSums[n], terms, count);
            }
        }
        if (topology.nodeCount() > 1) {
            exchange.sumLast(kernel, sum, nodeSums, nodeSums.length);
        }
    }

    private static int largestNode(Topology topology) {
        int ranks = 0;
        for (int n = 0; n < topology.nodeCount(); n++) {
            ranks = Math.max(ranks, topology.rankCount(n));
        }
        return ranks;
    }

    /** Whole elements, as even as can be; the first slices get the rest. */
    private void sliceEvenly(long bytes, int elementBytes) {
        long elements = bytes / elementBytes;
        for (int r = 0; r < slices.length; r++) {
            slices[r] = (elements / size + (r < elements % size ? 1 : 0)) * elementBytes;
        }
    }

    private static long start(long[] bytes, int index) {
        long at = 0;
        for (int r = 0; r < index; r++) {
            at += bytes[r];
        }
        return at;
    }
}
