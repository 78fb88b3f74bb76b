package io.witan.collectives;

import io.witan.collectives.dense.DenseExchanges;
import io.witan.collectives.dense.RootedExchanges;
import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.OpCode;
import io.witan.collectives.engine.Operation;
import io.witan.collectives.sparse.RankHops;
import io.witan.collectives.sparse.RecentHops;
import io.witan.collectives.sparse.SparseExchanges;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** One lane of an engine as a communicator: checks arguments, lays out operations. */
final class LaneCommunicator implements Communicator {
    private final Engine engine;
    private final int lane;
    private final int rank;
    private final Topology topology;
    private final boolean sharesMemory;
    private final DenseExchanges dense;
    private final RootedExchanges rooted;
    private final BufferCheck check;
    private final Members members;
    private final RecentHops hops;
    private long step = -1;
    private int layer = -1;
    private long betweenNodesBytes;

    LaneCommunicator(Engine engine, int lane, Members members, boolean sharesMemory) {
        this.engine = engine;
        this.sharesMemory = sharesMemory;
        this.lane = lane;
        this.members = members;
        this.rank = members.rank();
        this.topology = members.topology();
        this.dense = new DenseExchanges(rank, topology);
        this.rooted = new RootedExchanges(rank, topology);
        this.hops = new RecentHops(rank, topology);
        this.check = new BufferCheck(engine.progressThread(), topology.rankCount());
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return topology.rankCount();
    }

    @Override
    public Topology topology() {
        return topology;
    }

    @Override
    public void mark(long step, int layer) {
        this.step = step;
        this.layer = layer;
    }

    @Override
    public Handle barrier() {
        return start(new Operation(OpCode.BARRIER, 0, 0, dense::barrier));
    }

    @Override
    public Handle broadcast(MemorySegment buffer, int root) {
        check.rank("root", root);
        if (rank == root) {
            check.readable("buffer", buffer);
        } else {
            check.writable("buffer", buffer);
        }
        return start(new Operation(
                OpCode.BROADCAST, root, buffer.byteSize(), exchange -> rooted.broadcast(exchange, buffer, root)));
    }

    @Override
    public Handle reduce(MemorySegment buffer, int root, ElementType type) {
        check.rank("root", root);
        check.writable("buffer", buffer);
        check.elements("buffer", buffer.byteSize(), type);
        return start(new Operation(
                OpCode.REDUCE,
                signature(type, root),
                buffer.byteSize(),
                exchange -> rooted.reduce(exchange, type.kernel(), buffer, root)));
    }

    @Override
    public Handle allReduce(MemorySegment send, MemorySegment recv, ElementType type) {
        check.readable("send", send);
        check.writable("recv", recv);
        check.elements("send", send.byteSize(), type);
        check.room("recv", recv, send.byteSize());
        check.inPlaceOrApart("send", send, "recv", recv, 0);
        return start(new Operation(
                OpCode.ALL_REDUCE,
                signature(type, 0),
                send.byteSize(),
                exchange -> dense.allReduce(exchange, type.kernel(), send, recv)));
    }

    @Override
    public Handle allGather(MemorySegment send, MemorySegment recv) {
        check.readable("send", send);
        check.writable("recv", recv);
        long part = send.byteSize();
        check.equalParts("recv", recv, part);
        check.inPlaceOrApart("send", send, "recv", recv, rank * part);
        long[] bytes = new long[size()];
        Arrays.fill(bytes, part);
        return start(
                new Operation(OpCode.ALL_GATHER, 0, part, exchange -> dense.allGather(exchange, send, recv, bytes)));
    }

    @Override
    public Handle allGatherV(MemorySegment send, MemorySegment recv, long[] bytes) {
        long[] parts = check.parts("bytes", bytes);
        check.readable("send", send);
        check.writable("recv", recv);
        check.room("send", send, parts[rank]);
        check.room("recv", recv, BufferCheck.total(parts));
        check.inPlaceOrApart("send", send, "recv", recv, BufferCheck.start(parts, rank));
        return start(new Operation(
                OpCode.ALL_GATHER_V,
                Arrays.hashCode(parts),
                BufferCheck.total(parts),
                exchange -> dense.allGather(exchange, send, recv, parts)));
    }

    @Override
    public Handle reduceScatterV(MemorySegment send, MemorySegment recv, long[] bytes, ElementType type) {
        long[] parts = check.parts("bytes", bytes);
        check.readable("send", send);
        check.writable("recv", recv);
        check.room("send", send, BufferCheck.total(parts));
        check.room("recv", recv, parts[rank]);
        check.inPlaceOrApart("recv", recv, "send", send, BufferCheck.start(parts, rank));
        for (long part : parts) {
            check.elements("bytes", part, type);
        }
        return start(new Operation(
                OpCode.REDUCE_SCATTER_V,
                signature(type, Arrays.hashCode(parts)),
                BufferCheck.total(parts),
                exchange -> dense.reduceScatter(exchange, type.kernel(), send, recv, parts)));
    }

    @Override
    public Handle allToAllV(MemorySegment send, long[] sendBytes, MemorySegment recv, long[] recvBytes) {
        long[] sends = check.parts("sendBytes", sendBytes);
        long[] receives = check.parts("recvBytes", recvBytes);
        check.room("send", send, BufferCheck.total(sends));
        check.room("recv", recv, BufferCheck.total(receives));
        return exchange(send, Parts.packed(sends), recv, Parts.packed(receives));
    }

    @Override
    public Handle allToAllV(MemorySegment send, Parts sendParts, MemorySegment recv, Parts recvParts) {
        Parts sends = check.parts("sendParts", sendParts, send);
        Parts receives = check.parts("recvParts", recvParts, recv);
        check.disjoint("recvParts", receives);
        return exchange(send, sends, recv, receives);
    }

    private Handle exchange(MemorySegment send, Parts sends, MemorySegment recv, Parts receives) {
        check.readable("send", send);
        check.writable("recv", recv);
        check.apart("send", send, "recv", recv);
        if (sends.bytes()[rank] != receives.bytes()[rank]) {
            throw new IllegalArgumentException("rank " + rank + " sends itself " + sends.bytes()[rank]
                    + " B and expects " + receives.bytes()[rank] + " B from itself");
        }
        for (int peer = 0; peer < size(); peer++) {
            betweenNodesBytes += topology.sameNode(rank, peer) ? 0 : sends.bytes()[peer];
        }
        return start(new Operation(
                OpCode.ALL_TO_ALL_V,
                0,
                0,
                exchange -> dense.allToAll(
                        exchange,
                        peer -> exchange.present(send, sends.at()[peer], sends.bytes()[peer]),
                        peer -> exchange.room(recv, receives.at()[peer], receives.bytes()[peer]))));
    }

    @Override
    public Handle sparseAllGather(TransferPlan plan, MemorySegment[] chunks, long chunkBytes) {
        return gather(plan, chunks, chunkBytes, false);
    }

    @Override
    public Handle sparseAllGatherInPlace(TransferPlan plan, MemorySegment[] chunks, long chunkBytes) {
        if (chunkBytes > Transport.LARGEST_LOAN_BYTES) {
            throw new IllegalArgumentException("chunkBytes " + chunkBytes + " B is more than "
                    + Transport.LARGEST_LOAN_BYTES + " B, the most that can be read in place");
        }
        return gather(plan, chunks, chunkBytes, sharesMemory);
    }

    @Override
    public boolean readsInPlace(TransferPlan plan, int chunk) {
        return sharesMemory && hops.of(plan).canReadInPlace(chunk);
    }

    private Handle gather(TransferPlan plan, MemorySegment[] chunks, long chunkBytes, boolean inPlace) {
        RankHops own = hops.of(plan);
        SparseExchanges sparse = new SparseExchanges(rank, own, chunks, chunkBytes, inPlace);
        for (int chunk = 0; chunk < chunks.length && !plan.isEmpty(); chunk++) {
            if (plan.wide().owner(chunk) == rank) {
                check.readable("chunk", chunks[chunk]);
            } else if (plan.wide().holds(rank, chunk) && !(inPlace && own.canReadInPlace(chunk))) {
                check.writable("chunk", chunks[chunk]);
            }
        }
        return start(new Operation(OpCode.SPARSE_ALL_GATHER, sparse.signature(), chunkBytes, sparse::gather));
    }

    @Override
    public Handle sparseReduceScatter(TransferPlan plan, MemorySegment[] chunks, long chunkBytes) {
        check.elements("chunkBytes", chunkBytes, ElementType.FP32);
        RankHops own = hops.of(plan);
        SparseExchanges sparse = new SparseExchanges(rank, own, chunks, chunkBytes, false);
        for (int chunk = 0; chunk < chunks.length && !plan.isEmpty(); chunk++) {
            if (own.isSource(chunk)) {
                check.writable("chunk", chunks[chunk]);
            } else if (plan.wide().holds(rank, chunk)) {
                check.readable("chunk", chunks[chunk]);
            }
        }
        return start(new Operation(OpCode.SPARSE_REDUCE_SCATTER, sparse.signature(), chunkBytes, sparse::reduce));
    }

    @Override
    public Traffic traffic() {
        long[] sent = engine.sentBytes(lane);
        long[] received = engine.receivedBytes(lane);
        return new Traffic(
                BufferCheck.total(sent),
                BufferCheck.total(received),
                engine.inPlaceBytes(lane),
                received[OpCode.SPARSE_ALL_GATHER.ordinal()],
                sent[OpCode.SPARSE_REDUCE_SCATTER.ordinal()],
                sent[OpCode.ALL_TO_ALL_V.ordinal()],
                betweenNodesBytes);
    }

    @Override
    public void close() {
        engine.closeLane(lane);
    }

    private static long signature(ElementType type, int call) {
        return (long) type.ordinal() << Integer.SIZE | call & 0xffff_ffffL;
    }

    private Handle start(Operation operation) {
        engine.submit(lane, operation.mark(step, layer));
        return new OperationHandle(engine, operation, members);
    }
}
