package io.witan.collectives.dense;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What one rank exchanges in each dense operation. Inside a node everyone reads from everyone. Between nodes each part goes
 * once to a node, to its <em>deputy</em> there, which passes it on; sums go the other way: each node's own first, in rank
 * order, then those of the nodes, in node order. All parts move by slices, so that the network and the node work at once.
 *
 * <p>Levels of parts, in this order in every message: what ranks have (0), sums of nodes, sums of all, what deputies pass on.
 */
public final class DenseExchanges {
    /** Up to this length, all-reduce sends whole buffers to everyone, which saves a round. The sums are the same bits. */
    private static final long SMALL_REDUCTION_BYTES = Transport.LARGEST_COPY_BYTES;

    private static final int NODE_SUMS = 1;
    private static final int SUMS = 2;
    private static final int PASSED_ON = 3;

    private final int rank;
    private final Topology topology;
    private final int size;
    private final int node;
    private final int firstLocal;
    private final int endLocal;
    // Reused from here on; the engine's lock guards them.
    private final Part[] terms;
    private final Part[] nodeSums;
    private final Part[] passedOn;
    private final long[] slices;

    public DenseExchanges(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
        this.size = topology.rankCount();
        this.node = topology.nodeOf(rank);
        this.firstLocal = topology.firstRank(node);
        this.endLocal = firstLocal + topology.rankCount(node);
        this.terms = new Part[Math.max(largestNode(topology), topology.nodeCount())];
        this.nodeSums = new Part[topology.nodeCount()];
        this.passedOn = new Part[size];
        this.slices = new long[size];
    }

    public void barrier(Exchange exchange) {
        exchange.meetAll();
    }

    public void broadcast(Exchange exchange, MemorySegment buffer, int root) {
        exchange.meetNeighbours();
        long bytes = buffer.byteSize();
        int entry = deputy(node, root);
        if (rank != entry) {
            exchange.beginLevel(entry == root ? 0 : PASSED_ON);
            exchange.receive(entry, exchange.room(buffer, 0, bytes));
            return;
        }
        Part whole = rank == root
                ? exchange.present(buffer, 0, bytes)
                : exchange.receive(root, exchange.room(buffer, 0, bytes));
        for (int n = 0; rank == root && n < topology.nodeCount(); n++) {
            if (n != node) {
                exchange.send(deputy(n, root), whole);
            }
        }
        sendToLocals(exchange, whole);
    }

    /** @param bytes bytes[r] = length of rank r's part, of which recv holds all in rank order */
    public void allGather(Exchange exchange, MemorySegment send, MemorySegment recv, long[] bytes) {
        exchange.meetAll();
        Part own = exchange.present(send, 0, bytes[rank]);
        exchange.copy(own, exchange.room(recv, start(bytes, rank), bytes[rank]));
        gather(exchange, own, recv, bytes);
    }

    public void allToAll(
            Exchange exchange, MemorySegment send, long[] sendBytes, MemorySegment recv, long[] recvBytes) {
        exchange.meetAll();
        long sendAt = 0;
        long recvAt = 0;
        for (int peer = 0; peer < size; peer++) {
            Part from = exchange.present(send, sendAt, sendBytes[peer]);
            Part to = exchange.room(recv, recvAt, recvBytes[peer]);
            if (peer == rank) {
                exchange.copy(from, to);
            } else {
                exchange.send(peer, from);
                exchange.receive(peer, to);
            }
            sendAt += sendBytes[peer];
            recvAt += recvBytes[peer];
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
        if (send.byteSize() <= SMALL_REDUCTION_BYTES) {
            reduceEverywhere(exchange, kernel, send, recv);
            return;
        }
        sliceEvenly(send.byteSize(), kernel.elementBytes());
        exchange.beginLevel(SUMS);
        Part own = exchange.room(recv, start(slices, rank), slices[rank]);
        exchange.beginLevel(0);
        reduceParts(exchange, kernel, send, own, slices);
        gather(exchange, own, recv, slices);
    }

    /** The sum over ranks to the root's buffer; those of others stay as they are. */
    public void reduce(Exchange exchange, SumKernel kernel, MemorySegment buffer, int root) {
        exchange.meetNeighbours();
        long bytes = buffer.byteSize();
        reduceOne(exchange, kernel, root, buffer, 0, bytes, rank == root ? exchange.room(buffer, 0, bytes) : null);
        sendNodeSum(exchange, root);
    }

    /** Parts that are, or will be, with their rank go to everyone: once to each other node, and on from there. */
    private void gather(Exchange exchange, Part own, MemorySegment recv, long[] bytes) {
        exchange.beginLevel(SUMS);
        sendToLocals(exchange, own);
        for (int n = 0; n < topology.nodeCount(); n++) {
            if (n != node) {
                exchange.send(deputy(n, rank), own);
            }
        }
        long at = 0;
        for (int owner = 0; owner < size; owner++) {
            int entry = deputy(node, owner);
            if (owner != rank && (entry == owner || entry == rank)) {
                passedOn[owner] = exchange.receive(owner, exchange.room(recv, at, bytes[owner]));
            }
            at += bytes[owner];
        }
        exchange.beginLevel(PASSED_ON);
        at = 0;
        for (int owner = 0; owner < size; owner++) {
            int entry = deputy(node, owner);
            if (entry != owner && entry == rank) {
                sendToLocals(exchange, passedOn[owner]);
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
        int deputy = deputy(node, owner);
        Part own = exchange.present(send, at, bytes);
        if (rank != deputy) {
            exchange.send(deputy, own);
            return;
        }
        Part nodeSum = own;
        if (endLocal - firstLocal > 1 || topology.nodeCount() == 1) {
            for (int local = firstLocal; local < endLocal; local++) {
                terms[local - firstLocal] = local == rank ? own : exchange.receive(local, exchange.term(bytes));
            }
            exchange.beginLevel(NODE_SUMS);
            nodeSum = topology.nodeCount() == 1 ? sum : exchange.scratch(bytes);
            exchange.beginLevel(0);
            exchange.sum(kernel, nodeSum, terms, endLocal - firstLocal);
        }
        if (owner != rank) {
            passedOn[owner] = nodeSum;
        } else if (topology.nodeCount() > 1) {
            exchange.beginLevel(NODE_SUMS);
            for (int n = 0; n < topology.nodeCount(); n++) {
                terms[n] = n == node ? nodeSum : exchange.receive(deputy(n, rank), exchange.term(bytes));
            }
            exchange.sum(kernel, sum, terms, topology.nodeCount());
            exchange.beginLevel(0);
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

    private void sendToLocals(Exchange exchange, Part part) {
        for (int local = firstLocal; local < endLocal; local++) {
            if (local != rank) {
                exchange.send(local, part);
            }
        }
    }

    /** Who takes what comes from that rank into a node, or collects there what goes to it: itself on its own node. */
    private int deputy(int ofNode, int owner) {
        if (topology.nodeOf(owner) == ofNode) {
            return owner;
        }
        return topology.firstRank(ofNode) + topology.localRank(owner) % topology.rankCount(ofNode);
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
