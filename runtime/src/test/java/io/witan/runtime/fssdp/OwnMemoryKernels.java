package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Kernels with a memory of their own, which the host can read, and experts in a format of choice, whose preparations are counted. */
final class OwnMemoryKernels implements Kernels {
    private final Kernels host;
    private final Arena arena = Arena.ofShared();
    private final Experts experts;
    private int prepared;

    /** @param host for all but memory and experts; closed by its owner */
    OwnMemoryKernels(Kernels host, ElementFormat format) {
        this.host = host;
        this.experts = new Experts(format);
    }

    /** How often {@link FeedForwardKernel#prepare} was called. */
    int prepared() {
        return prepared;
    }

    @Override
    public String description() {
        return "host in the place of a device";
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public KernelMemory memory() {
        return new Memory();
    }

    @Override
    public Operations operations() {
        return host.operations();
    }

    @Override
    public FeedForwardKernel feedForward() {
        return experts;
    }

    @Override
    public void close() {
        arena.close();
    }

    private final class Memory implements KernelMemory {
        @Override
        public boolean isHost() {
            return false;
        }

        @Override
        public MemorySegment allocate(long bytes) {
            return arena.allocate(bytes, 64);
        }

        @Override
        public void free(MemorySegment memory) {}

        @Override
        public void copy(MemorySegment from, MemorySegment to, long bytes) {
            MemorySegment.copy(from, 0, to, 0, bytes);
        }

        @Override
        public void copyIn(MemorySegment from, MemorySegment memory, long bytes) {
            copy(from, memory, bytes);
        }

        @Override
        public void copyOut(MemorySegment memory, MemorySegment to, long bytes) {
            copy(memory, to, bytes);
        }
    }

    /** Computes nothing. */
    private final class Experts implements FeedForwardKernel {
        private final ElementFormat format;

        Experts(ElementFormat format) {
            this.format = format;
        }

        @Override
        public ElementFormat format() {
            return format;
        }

        /** Cuts off what bf16 has no room for. */
        @Override
        public void prepare(MemorySegment fp32, MemorySegment weights, long count) {
            prepared++;
            for (long i = 0; i < count; i++) {
                int bits = Float.floatToRawIntBits(fp32.getAtIndex(JAVA_FLOAT, i));
                weights.setAtIndex(JAVA_SHORT, i, (short) (bits >>> 16));
            }
        }

        @Override
        public long savedBytes(Shape shape) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long backwardBytes(Shape shape) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void forward(
                MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void evaluate(
                MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment scratch, Shape shape) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void backwardInput(Gradient gradient, MemorySegment[] weights, MemorySegment kept, Shape shape) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void backwardWeight(
                Gradient gradient, MemorySegment[] dWeights, float beta, MemorySegment kept, Shape shape) {
            throw new UnsupportedOperationException();
        }
    }
}
