package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;

/**
 * A group of ranks that exchange data by collective operations.
 *
 * <p>Buffers of a call must not overlap, but where it says that they may be the same. Each operation has the communicator's
 * deadline, from when it is first in line. If one fails on any rank (deadline, lost peer, mismatched call), every rank gets the
 * same {@link CollectiveException}, from that operation and from all later ones; the communicator is then of no further use but
 * for {@link #close()}. Reductions add in fp32, whatever the timing: the ranks of each node in ascending order, then the sums of
 * the nodes in theirs.
 */
public interface Communicator extends AutoCloseable {
    int rank();

    int size();

    Topology topology();

    /** Training step and layer of the operations started from here on, for messages; layer -1: none. */
    void mark(long step, int layer);

    Handle barrier();

    /** Root's buffer to everyone's buffer; equally long on all ranks. */
    Handle broadcast(MemorySegment buffer, int root);

    /** In place: the root's buffer becomes the sum over ranks; the others' stay as they are. Equally long on all ranks. */
    Handle reduce(MemorySegment buffer, int root, ElementType type);

    /** Every rank's recv becomes the sum of the ranks' send, bit for bit the same on all. recv may be send itself. */
    Handle allReduce(MemorySegment send, MemorySegment recv, ElementType type);

    /** In place, of fp32. */
    default Handle allReduce(MemorySegment buffer) {
        return allReduce(buffer, buffer, ElementType.FP32);
    }

    /** Concatenates every rank's send buffer in rank order; recv is size() times as long. send may be rank's part of recv. */
    Handle allGather(MemorySegment send, MemorySegment recv);

    /** As allGather with parts of different lengths; bytes[r] is the length of rank r's part, known to all. */
    Handle allGatherV(MemorySegment send, MemorySegment recv, long[] bytes);

    /** Sums buffers over ranks and leaves part r, of bytes[r], on rank r. recv may be rank's part of send. */
    Handle reduceScatterV(MemorySegment send, MemorySegment recv, long[] bytes, ElementType type);

    /** Of fp32. */
    default Handle reduceScatterV(MemorySegment send, MemorySegment recv, long[] bytes) {
        return reduceScatterV(send, recv, bytes, ElementType.FP32);
    }

    /**
     * Part d of send goes to rank d; recv holds the parts for this rank in source order.
     *
     * @param sendBytes sendBytes[d] = length of the part for rank d
     * @param recvBytes recvBytes[s] = length of the part from rank s; must match what s sends
     */
    Handle allToAllV(MemorySegment send, long[] sendBytes, MemorySegment recv, long[] recvBytes);

    /**
     * As {@link #allToAllV(MemorySegment, long[], MemorySegment, long[])}, with parts that lie anywhere in their buffers, so that some
     * of the rows for each rank can go while others are being made.
     *
     * @param sendParts where the part for each rank is; they may overlap
     * @param recvParts where the part from each rank goes; they must not overlap
     */
    Handle allToAllV(MemorySegment send, Parts sendParts, MemorySegment recv, Parts recvParts);

    /**
     * SparseAllGather: afterwards every holder of a chunk in {@code plan.wide()} has the owner's value, bit for bit.
     *
     * @param chunks chunks[c] = this rank's buffer for chunk c: read if it owns c, written if it is a further holder,
     *     ignored (may be null) otherwise; all exactly chunkBytes long
     */
    Handle sparseAllGather(TransferPlan plan, MemorySegment[] chunks, long chunkBytes);

    /**
     * As {@link #sparseAllGather}, but a chunk that {@link #readsInPlace} is not copied: chunks[c] is set, when the operation is
     * done, to a view of the memory where a rank of this node has it, to be read only.
     *
     * <p>Ranks that give others a chunk must have it in registered memory, and must not change or free that before they know
     * that all are done reading, from any later operation that the readers start when they are: as training does with the
     * sparseReduceScatter of the same plan. {@code chunks} is written until the operation is done. Views end with the group.
     */
    Handle sparseAllGatherInPlace(TransferPlan plan, MemorySegment[] chunks, long chunkBytes);

    /** True if this rank gets that chunk, in a gather of the plan, from a rank of its own node whose memory it reads. */
    boolean readsInPlace(TransferPlan plan, int chunk);

    /**
     * SparseReduceScatter: afterwards the owner's buffer of a chunk is the fp32 sum over its holders in
     * {@code plan.wide()}: inside each node by local rank, then over nodes in order. Other holders' buffers are undefined.
     * Where a plan's hops chain, the sums travel up the chain: each holder adds to its own what its targets send, in
     * ascending rank order.
     */
    Handle sparseReduceScatter(TransferPlan plan, MemorySegment[] chunks, long chunkBytes);

    /** Bytes that this rank sent to other ranks and received from them since it was opened. */
    Traffic traffic();

    /** Ends the communicator; operations in flight fail. Does not wait for other ranks. */
    @Override
    void close();

    /**
     * Payload bytes; the rank's own part of an exchange does not count, nor do headers and retransmissions. The sparse counts
     * are those of {@code TransferPlan.chunksInto}: each byte moved counts at one rank, so they can be summed over ranks.
     *
     * @param inPlaceBytes of {@code receivedBytes}, those that were never copied but read where a peer on this node has them
     * @param sparseAllGatherBytes received in sparseAllGather
     * @param sparseReduceScatterBytes sent in sparseReduceScatter
     * @param allToAllBytes sent in allToAllV
     * @param betweenNodesBytes of {@code allToAllBytes}, those to ranks of other nodes, from the call on
     */
    record Traffic(
            long sentBytes,
            long receivedBytes,
            long inPlaceBytes,
            long sparseAllGatherBytes,
            long sparseReduceScatterBytes,
            long allToAllBytes,
            long betweenNodesBytes) {}
}
