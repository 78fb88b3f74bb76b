package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import io.witan.runtime.OwnMemory;
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
        return new OwnMemory(arena);
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
