package io.witan.collectives.dense;

import io.witan.collectives.engine.Exchange;
import io.witan.collectives.engine.Part;
import io.witan.scheduler.plan.Topology;

/**
 * Who stands for a rank on each node: its <em>deputy</em> there takes what comes from that rank into the node and passes it on,
 * or collects there what goes to it. On its own node it is the rank itself. Different ranks of a node have different deputies,
 * as far as there are as many.
 */
final class Deputies {
    /** So many bytes between nodes take as long as one hop more, or longer: measured, docs/running-a-cluster.md has it. */
    static final long HOP_BYTES = 64 * 1024;

    private final int rank;
    private final Topology topology;
    private final int node;
    private final int firstLocal;
    private final int endLocal;

    Deputies(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
        this.node = topology.nodeOf(rank);
        this.firstLocal = topology.firstRank(node);
        this.endLocal = firstLocal + topology.rankCount(node);
    }

    int of(int owner, int onNode) {
        return topology.counterpart(owner, onNode);
    }

    /** On this node. */
    int of(int owner) {
        return of(owner, node);
    }

    /** This rank's node. */
    int node() {
        return node;
    }

    int nodeCount() {
        return topology.nodeCount();
    }

    int firstLocal() {
        return firstLocal;
    }

    int localCount() {
        return endLocal - firstLocal;
    }

    /** Bytes that the busiest node sends when each of its ranks sends so many to each rank elsewhere. */
    long mostCrossing(long bytes) {
        long most = 0;
        for (int n = 0; n < topology.nodeCount(); n++) {
            long locals = topology.rankCount(n);
            most = Math.max(most, bytes * locals * (topology.rankCount() - locals));
        }
        return most;
    }

    void sendToLocals(Exchange exchange, Part part) {
        for (int local = firstLocal; local < endLocal; local++) {
            if (local != rank) {
                exchange.send(local, part);
            }
        }
    }

    /** To the deputies of that rank on all nodes but its own. */
    void sendToNodes(Exchange exchange, Part part, int owner) {
        for (int n = 0; n < topology.nodeCount(); n++) {
            if (n != topology.nodeOf(owner)) {
                exchange.send(of(owner, n), part);
            }
        }
    }
}
