package io.witan.collectives.dense;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.SumKernel;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;

/**
 * Sums in two steps: each node's own, in rank order, where the deputy of their owner is; then those of the nodes, in node
 * order. Guarded by the engine's lock.
 */
final class NodeSums {
    private final int rank;
    private final Deputies deputies;
    /** Reused from sum to sum. */
    private final Part[] terms;

    NodeSums(int rank, Topology topology, Deputies deputies) {
        this.rank = rank;
        this.deputies = deputies;
        this.terms = new Part[Math.max(deputies.localCount(), topology.nodeCount())];
    }

    /**
     * The sum over this node's ranks of what they have there for that owner. Back at level 0.
     *
     * @param result where the sum goes; null: scratch memory, or nowhere if this rank is alone on its node
     * @return null where this rank is not the deputy, which gets its bytes
     */
    Part ofNode(
            Exchange exchange, SumKernel kernel, int owner, MemorySegment memory, long at, long bytes, Part result) {
        Part own = exchange.present(memory, at, bytes);
        int deputy = deputies.of(owner);
        if (rank != deputy) {
            exchange.send(deputy, own);
            return null;
        }
        if (deputies.localCount() == 1 && result == null) {
            return own;
        }
        for (int i = 0; i < deputies.localCount(); i++) {
            int local = deputies.firstLocal() + i;
            terms[i] = local == rank ? own : exchange.receive(local, exchange.term(bytes));
        }
        exchange.beginLevel(Levels.NODE_SUMS);
        Part sum = result == null ? exchange.scratch(bytes) : result;
        exchange.beginLevel(0);
        exchange.sum(kernel, sum, terms, deputies.localCount());
        return sum;
    }

    /** The sum over the nodes of what that owner's deputies have from {@link #ofNode}. Back at level 0. */
    void ofNodes(Exchange exchange, SumKernel kernel, int owner, Part own, Part result) {
        exchange.beginLevel(Levels.NODE_SUMS);
        for (int n = 0; n < deputies.nodeCount(); n++) {
            terms[n] = n == deputies.node() ? own : exchange.receive(deputies.of(owner, n), exchange.term(own.bytes()));
        }
        exchange.beginLevel(0);
        exchange.sum(kernel, result, terms, deputies.nodeCount());
    }
}
