package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.host.HostKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** A device and the host back end, and operands that lie on both with the same contents. */
public final class Twins implements AutoCloseable {
    private static final int NAN_BITS = 0x7fc0beef;

    private final Arena arena = Arena.ofShared();
    private final Device device = TestDevice.open();
    private final HostKernels host = HostKernels.open(1);
    private final Random random = new Random(20261126);

    public Device device() {
        return device;
    }

    public HostKernels host() {
        return host;
    }

    public Random random() {
        return random;
    }

    public Pair normal(int count, double scale) {
        int[] bits = new int[count];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits((float) (random.nextGaussian() * scale)));
        return new Pair(bits);
    }

    /** NaN everywhere, for outputs that must be overwritten. */
    public Pair poison(int count) {
        int[] bits = new int[count];
        Arrays.fill(bits, NAN_BITS);
        return new Pair(bits);
    }

    public Pair floats(float... values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return new Pair(bits);
    }

    public Pair ints(int... values) {
        return new Pair(values.clone());
    }

    @Override
    public void close() {
        device.close();
        host.close();
        arena.close();
    }

    /** One operand on both sides. */
    public final class Pair {
        private final int count;
        private final MemorySegment onHost;
        private final MemorySegment onDevice;

        private Pair(int[] bits) {
            count = bits.length;
            onHost = arena.allocate(4L * count, 64);
            MemorySegment.copy(bits, 0, onHost, JAVA_INT, 0, count);
            onDevice = device.allocate(4L * count);
            device.copyIn(onHost, onDevice, 4L * count);
        }

        public MemorySegment host() {
            return onHost;
        }

        public MemorySegment device() {
            return onDevice;
        }

        /** The host's contents. */
        public double[] expected() {
            double[] values = new double[count];
            Arrays.setAll(values, i -> onHost.getAtIndex(JAVA_FLOAT, i));
            return values;
        }

        /** The device's contents. */
        public float[] actual() {
            MemorySegment copy = arena.allocate(4L * count, 64);
            device.copyOut(onDevice, copy, 4L * count);
            return copy.toArray(JAVA_FLOAT);
        }

        public int[] expectedInts() {
            return onHost.toArray(JAVA_INT);
        }

        public int[] actualInts() {
            MemorySegment copy = arena.allocate(4L * count, 64);
            device.copyOut(onDevice, copy, 4L * count);
            return copy.toArray(JAVA_INT);
        }
    }
}
