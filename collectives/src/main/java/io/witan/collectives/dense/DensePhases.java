package io.witan.collectives.dense;

import io.witan.collectives.engine.Part;
import io.witan.collectives.engine.Phase;
import io.witan.collectives.engine.Scratch;
import io.witan.collectives.engine.Sum;
import io.witan.collectives.engine.SumKernel;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The exchanges of one rank in each dense operation. In all but the broadcast every rank sends to every other, be it an
 * empty message, so that differing calls meet.
 */
public final class DensePhases {
    /** Up to this length, all-reduce sends whole buffers to everyone and saves a phase. The sums are the same bits. */
    private static final long SMALL_REDUCTION_BYTES = Transport.LARGEST_COPY_BYTES;

    private final int rank;
    private final Topology topology;

    public DensePhases(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
    }

    public List<Phase> barrier() {
        Phase phase = phase();
        for (int peer = 0; peer < size(); peer++) {
            if (peer != rank) {
                phase.send(peer, MemorySegment.NULL).receive(peer, MemorySegment.NULL);
            }
        }
        return List.of(phase);
    }

    /** Root to one leader of each other node, then inside nodes. */
    public List<Phase> broadcast(MemorySegment buffer, int root) {
        Phase between = phase().announce(rank);
        Phase inside = phase();
        int rootNode = topology.nodeOf(root);
        for (int node = 0; node < topology.nodeCount(); node++) {
            int leader = node == rootNode ? root : topology.firstRank(node);
            hop(between, root, leader, buffer);
            for (int local = 0; local < topology.rankCount(node); local++) {
                hop(inside, leader, topology.firstRank(node) + local, buffer);
            }
        }
        return List.of(between, inside);
    }

    /** @param bytes bytes[r] = length of rank r's part, of which recv holds all in rank order */
    public List<Phase> allGather(MemorySegment send, MemorySegment recv, long[] bytes) {
        Phase phase = phase();
        MemorySegment own = send.asSlice(0, bytes[rank]);
        long at = 0;
        for (int peer = 0; peer < size(); peer++) {
            MemorySegment part = recv.asSlice(at, bytes[peer]);
            if (peer == rank) {
                phase.then(new Copy(part, own));
            } else {
                phase.send(peer, own).receive(peer, part);
            }
            at += bytes[peer];
        }
        return List.of(phase);
    }

    public List<Phase> allToAll(MemorySegment send, long[] sendBytes, MemorySegment recv, long[] recvBytes) {
        Phase phase = phase();
        long sendAt = 0;
        long recvAt = 0;
        for (int peer = 0; peer < size(); peer++) {
            MemorySegment from = send.asSlice(sendAt, sendBytes[peer]);
            MemorySegment to = recv.asSlice(recvAt, recvBytes[peer]);
            if (peer == rank) {
                phase.then(new Copy(to, from));
            } else {
                phase.send(peer, from).receive(peer, to);
            }
            sendAt += sendBytes[peer];
            recvAt += recvBytes[peer];
        }
        return List.of(phase);
    }

    /** @param bytes bytes[r] = length of the part that rank r keeps, of which send holds all in rank order */
    public List<Phase> reduceScatter(
            SumKernel kernel, MemorySegment send, MemorySegment recv, long[] bytes, Scratch scratch) {
        return List.of(reducing(kernel, send, recv.asSlice(0, bytes[rank]), bytes, scratch));
    }

    /** @param recv as long as send, or send itself */
    public List<Phase> allReduce(SumKernel kernel, MemorySegment send, MemorySegment recv, Scratch scratch) {
        if (send.byteSize() <= SMALL_REDUCTION_BYTES) {
            return List.of(reduceEverywhere(kernel, send, recv, scratch));
        }
        long[] slices = evenSlices(send.byteSize(), kernel.elementBytes());
        MemorySegment own = slice(recv, slices, rank);
        Phase gather = phase();
        for (int peer = 0; peer < size(); peer++) {
            if (peer != rank) {
                gather.send(peer, own).receive(peer, slice(recv, slices, peer));
            }
        }
        return List.of(reducing(kernel, send, own, slices, scratch), gather);
    }

    /** The sum over ranks to the root's buffer; those of others stay as they are. */
    public List<Phase> reduce(SumKernel kernel, MemorySegment buffer, int root, Scratch scratch) {
        Phase phase = phase().announce(rank);
        if (rank != root) {
            return List.of(phase.send(root, buffer));
        }
        List<Part> terms = new ArrayList<>(size());
        for (int peer = 0; peer < size(); peer++) {
            terms.add(peer == rank ? Part.of(buffer) : phase.borrow(peer, buffer.byteSize(), scratch));
        }
        return List.of(phase.then(new Sum(kernel, buffer, terms)));
    }

    /** Whole elements, as even as can be; the first slices get the rest. */
    private long[] evenSlices(long bytes, int elementBytes) {
        long elements = bytes / elementBytes;
        long[] slices = new long[size()];
        for (int r = 0; r < slices.length; r++) {
            slices[r] = (elements / size() + (r < elements % size() ? 1 : 0)) * elementBytes;
        }
        return slices;
    }

    private Phase reducing(SumKernel kernel, MemorySegment send, MemorySegment sum, long[] bytes, Scratch scratch) {
        Phase phase = phase();
        List<Part> terms = new ArrayList<>(size());
        for (int peer = 0; peer < size(); peer++) {
            if (peer == rank) {
                terms.add(Part.of(slice(send, bytes, rank)));
            } else {
                phase.send(peer, slice(send, bytes, peer));
                terms.add(phase.borrow(peer, bytes[rank], scratch));
            }
        }
        return phase.then(new Sum(kernel, sum, terms));
    }

    private Phase reduceEverywhere(SumKernel kernel, MemorySegment send, MemorySegment recv, Scratch scratch) {
        Phase phase = phase();
        List<Part> terms = new ArrayList<>(size());
        for (int peer = 0; peer < size(); peer++) {
            if (peer == rank) {
                terms.add(Part.of(send));
            } else {
                phase.send(peer, send);
                terms.add(phase.borrow(peer, send.byteSize(), scratch));
            }
        }
        return phase.then(new Sum(kernel, recv, terms));
    }

    private static MemorySegment slice(MemorySegment buffer, long[] bytes, int index) {
        long at = 0;
        for (int r = 0; r < index; r++) {
            at += bytes[r];
        }
        return buffer.asSlice(at, bytes[index]);
    }

    private void hop(Phase phase, int source, int target, MemorySegment buffer) {
        if (source == target) {
            return;
        }
        if (rank == source) {
            phase.send(target, buffer);
        } else if (rank == target) {
            phase.receive(source, buffer);
        }
    }

    private int size() {
        return topology.rankCount();
    }

    private Phase phase() {
        return new Phase(size());
    }
}
