package io.witan.collectives.dense;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;

/**
 * What one rank exchanges in the operations with a root. Directly, the root's network carries the buffer once for each other
 * node. Where that saves it {@link Deputies#HOP_BYTES}, the buffer is shared out among the other nodes, each of which passes its share
 * on, or sums it: every node then sends the buffer once at most, and receives it once, at the price of a hop.
 *
 * <p>Guarded by the engine's lock.
 */
public final class RootedExchanges {
    private static final int SHARE_ALIGNMENT = 64;

    private final int rank;
    private final Topology topology;
    private final Deputies deputies;
    private final NodeSums sums;

    public RootedExchanges(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
        this.deputies = new Deputies(rank, topology);
        this.sums = new NodeSums(rank, topology, deputies);
    }

    public void broadcast(Exchange exchange, MemorySegment buffer, int root) {
        exchange.meetNeighbours();
        long bytes = buffer.byteSize();
        if (isSharedOut(bytes)) {
            broadcastShares(exchange, buffer, root);
            return;
        }
        int entry = deputies.of(root);
        if (rank != entry) {
            exchange.beginLevel(entry == root ? 0 : Levels.PASSED_ON);
            exchange.receive(entry, exchange.room(buffer, 0, bytes));
            return;
        }
        Part whole = rank == root
                ? exchange.present(buffer, 0, bytes)
                : exchange.receive(root, exchange.room(buffer, 0, bytes));
        if (rank == root) {
            deputies.sendToNodes(exchange, whole, root);
        }
        deputies.sendToLocals(exchange, whole);
    }

    /** The sum over ranks to the root's buffer; those of others stay as they are. */
    public void reduce(Exchange exchange, SumKernel kernel, MemorySegment buffer, int root) {
        exchange.meetNeighbours();
        long bytes = buffer.byteSize();
        if (isSharedOut(bytes)) {
            reduceShares(exchange, kernel, buffer, root);
            return;
        }
        Part result = rank == root ? exchange.room(buffer, 0, bytes) : null;
        boolean ends = topology.nodeCount() == 1;
        Part nodeSum = sums.ofNode(exchange, kernel, root, buffer, 0, bytes, ends ? result : null);
        if (nodeSum == null || ends) {
            return;
        }
        if (rank == root) {
            sums.ofNodes(exchange, kernel, root, nodeSum, result);
        } else {
            exchange.send(root, nodeSum);
        }
    }

    /** Whether what the root's network is spared is worth a hop. */
    private boolean isSharedOut(long bytes) {
        return bytes * (topology.nodeCount() - 2) >= Deputies.HOP_BYTES;
    }

    private void broadcastShares(Exchange exchange, MemorySegment buffer, int root) {
        int entry = deputies.of(root);
        int rootNode = topology.nodeOf(root);
        if (rank == root) {
            for (int n = 0; n < topology.nodeCount(); n++) {
                if (n != rootNode) {
                    exchange.send(deputies.of(root, n), present(exchange, buffer, n, rootNode));
                }
            }
            deputies.sendToLocals(exchange, exchange.present(buffer, 0, buffer.byteSize()));
        } else if (entry == root) {
            exchange.receive(root, exchange.room(buffer, 0, buffer.byteSize()));
        } else if (rank == entry) {
            Part own = exchange.receive(root, room(exchange, buffer, deputies.node(), rootNode));
            deputies.sendToLocals(exchange, own);
            exchange.beginLevel(Levels.SHARED_OUT);
            for (int n = 0; n < topology.nodeCount(); n++) {
                if (n != rootNode && n != deputies.node()) {
                    exchange.send(deputies.of(root, n), own);
                    Part other = exchange.receive(deputies.of(root, n), room(exchange, buffer, n, rootNode));
                    deputies.sendToLocals(exchange, other);
                }
            }
        } else {
            // In the order in which the entry has them.
            exchange.beginLevel(Levels.PASSED_ON);
            exchange.receive(entry, room(exchange, buffer, deputies.node(), rootNode));
            for (int n = 0; n < topology.nodeCount(); n++) {
                if (n != rootNode && n != deputies.node()) {
                    exchange.receive(entry, room(exchange, buffer, n, rootNode));
                }
            }
        }
    }

    /** Sums come back to where the root's terms lie: no byte of a sum is made before those of its terms were read. */
    private void reduceShares(Exchange exchange, SumKernel kernel, MemorySegment buffer, int root) {
        int rootNode = topology.nodeOf(root);
        for (int n = 0; n < topology.nodeCount(); n++) {
            if (n == rootNode) {
                continue;
            }
            long at = shareAt(buffer, n, rootNode);
            long bytes = shareAt(buffer, n + 1, rootNode) - at;
            Part nodeSum = sums.ofNode(exchange, kernel, root, buffer, at, bytes, null);
            if (nodeSum == null) {
                continue;
            }
            int adder = deputies.of(root, n);
            if (rank == adder) {
                exchange.beginLevel(Levels.SUMS);
                Part sum = exchange.scratch(bytes);
                sums.ofNodes(exchange, kernel, root, nodeSum, sum);
                exchange.send(root, sum);
            } else {
                exchange.send(adder, nodeSum);
            }
            if (rank == root) {
                exchange.beginLevel(Levels.SUMS);
                exchange.receive(adder, exchange.room(buffer, at, bytes));
                exchange.beginLevel(0);
            }
        }
    }

    private Part present(Exchange exchange, MemorySegment buffer, int ofNode, int rootNode) {
        long at = shareAt(buffer, ofNode, rootNode);
        return exchange.present(buffer, at, shareAt(buffer, ofNode + 1, rootNode) - at);
    }

    private Part room(Exchange exchange, MemorySegment buffer, int ofNode, int rootNode) {
        long at = shareAt(buffer, ofNode, rootNode);
        return exchange.room(buffer, at, shareAt(buffer, ofNode + 1, rootNode) - at);
    }

    /** Where a node's share begins; the root's node has none. */
    private long shareAt(MemorySegment buffer, int ofNode, int rootNode) {
        int share = ofNode > rootNode ? ofNode - 1 : ofNode;
        int shares = topology.nodeCount() - 1;
        return share == shares
                ? buffer.byteSize()
                : buffer.byteSize() / shares * share / SHARE_ALIGNMENT * SHARE_ALIGNMENT;
    }
}
