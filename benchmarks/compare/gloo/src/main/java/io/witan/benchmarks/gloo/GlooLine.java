package io.witan.benchmarks.gloo;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;

/** One operation at one size, with its buffers, which live as long as the JavaCPP scope that it is made in. */
final class GlooLine {
    private static final int ALL_RANKS = -1;

    private final ProcessGroupGloo gloo;
    private final GlooOp op;
    private final int rank;
    private final long floats;
    private final long[] part;
    private final Tensor send;
    private final Tensor recv;
    private final TensorVector reduced;
    private final MemorySegment sendMemory;
    private final MemorySegment recvMemory;

    /** @param floats of the line's size, as {@link GlooOp#roundedFloats} rounds it */
    GlooLine(ProcessGroupGloo gloo, GlooOp op, int rank, long floats, long[] part) {
        this.gloo = gloo;
        this.op = op;
        this.rank = rank;
        this.floats = floats;
        this.part = part;
        long longest = Arrays.stream(part).max().orElseThrow();
        long own = part[rank];
        this.send = torch.zeros(
                switch (op) {
                    case ALL_GATHER -> own;
                    case ALL_GATHERV -> longest;
                    case REDUCE_SCATTER, ALL_REDUCE, ALL_TO_ALL, ALL_TO_ALLV -> floats;
                });
        this.recv = torch.zeros(
                switch (op) {
                    case ALL_GATHER, ALL_TO_ALL -> floats;
                    case ALL_GATHERV -> longest * part.length;
                    case REDUCE_SCATTER -> own;
                    case ALL_REDUCE -> 1;
                    case ALL_TO_ALLV -> own * part.length;
                });
        this.reduced = new TensorVector(send);
        this.sendMemory = memory(send);
        this.recvMemory = memory(recv);
    }

    @SuppressWarnings("restricted") // the tensor's own length
    static MemorySegment memory(Tensor tensor) {
        return MemorySegment.ofAddress(tensor.data_ptr().address()).reinterpret(tensor.numel() * Float.BYTES);
    }

    long bytes() {
        return floats * Float.BYTES;
    }

    /** Floats of this rank's part. */
    long count() {
        return part[rank];
    }

    void run() {
        switch (op) {
            case ALL_GATHER, ALL_GATHERV -> await(gloo._allgather_base(recv, send));
            case REDUCE_SCATTER -> await(gloo._reduce_scatter_base(recv, send));
            case ALL_REDUCE -> await(gloo.allreduce(reduced));
            case ALL_TO_ALL -> exchange(new long[0], new long[0]);
            case ALL_TO_ALLV -> {
                long[] received = new long[part.length];
                Arrays.fill(received, part[rank]);
                exchange(received, part);
            }
        }
    }

    /** The lengths are moved out of the vectors by the call, so they are new each time. */
    private void exchange(long[] received, long[] sent) {
        try (LongVector from = new LongVector(received);
                LongVector to = new LongVector(sent)) {
            await(gloo.alltoall_base(recv, send, from, to));
        }
    }

    static void await(Work work) {
        work._wait();
        work.close();
    }

    /** This rank's input, and a result that no sum gives. */
    void fill() {
        recvMemory.fill((byte) 0xFF);
        long count = op == GlooOp.ALL_GATHERV ? part[rank] : send.numel();
        for (long i = 0; i < count; i++) {
            sendMemory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value(rank, i));
        }
    }

    void zero() {
        sendMemory.fill((byte) 0);
        recvMemory.fill((byte) 0);
    }

    /** Floats of the result that differ in any bit. */
    long wrong() {
        long before = Arrays.stream(part, 0, rank).sum();
        return switch (op) {
            case ALL_REDUCE -> wrong(sendMemory, 0, floats, ALL_RANKS, 0);
            case REDUCE_SCATTER -> wrong(recvMemory, 0, part[rank], ALL_RANKS, before);
            case ALL_GATHER, ALL_GATHERV -> {
                long wrong = 0;
                for (int p = 0; p < part.length; p++) {
                    wrong += wrong(recvMemory, p * send.numel(), part[p], p, 0);
                }
                yield wrong;
            }
            case ALL_TO_ALL, ALL_TO_ALLV -> {
                long wrong = 0;
                for (int p = 0; p < part.length; p++) {
                    wrong += wrong(recvMemory, p * part[rank], part[rank], p, before);
                }
                yield wrong;
            }
        };
    }

    private long wrong(MemorySegment found, long at, long count, int source, long first) {
        long wrong = 0;
        for (long i = 0; i < count; i++) {
            int bits = found.getAtIndex(ValueLayout.JAVA_INT, at + i);
            wrong += bits == Float.floatToRawIntBits(expected(source, first + i)) ? 0 : 1;
        }
        return wrong;
    }

    private float expected(int source, long index) {
        if (source != ALL_RANKS) {
            return value(source, index);
        }
        float sum = 0;
        for (int p = 0; p < part.length; p++) {
            sum += value(p, index);
        }
        return sum;
    }

    /** A whole number in 0..1023, so that sums are exact. */
    private static float value(int source, long index) {
        long mixed = index * 0xD1342543DE82EF95L + (source + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xBF58476D1CE4E5B9L;
        return mixed >>> 54;
    }
}
