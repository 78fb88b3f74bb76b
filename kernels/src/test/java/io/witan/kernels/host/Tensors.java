package io.witan.kernels.host;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Off-heap operands of one test, each between guards that must survive it; no operand is aligned to a vector. */
final class Tensors implements AfterEachCallback {
    private static final int GUARD = 19;
    private static final int GUARD_BITS = 0x7fc0beef;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Arena arena = Arena.ofShared();
    private final List<Tensor> all = new ArrayList<>();
    private final Random random = new Random(20260729);

    Tensor zeros(int count) {
        return new Tensor(count);
    }

    /** NaN everywhere: for outputs that must be overwritten. */
    Tensor poison(int count) {
        Tensor t = new Tensor(count);
        for (int i = 0; i < count; i++) {
            t.set(i, Float.NaN);
        }
        return t;
    }

    Tensor random(int count, double scale) {
        Tensor t = new Tensor(count);
        for (int i = 0; i < count; i++) {
            t.set(i, (float) (random.nextGaussian() * scale));
        }
        return t;
    }

    Tensor of(float... values) {
        Tensor t = new Tensor(values.length);
        for (int i = 0; i < values.length; i++) {
            t.set(i, values[i]);
        }
        return t;
    }

    Tensor ints(int... values) {
        Tensor t = new Tensor(values.length);
        for (int i = 0; i < values.length; i++) {
            t.segment().set(JAVA_INT_UNALIGNED, 4L * i, values[i]);
        }
        return t;
    }

    Random random() {
        return random;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        all.forEach(Tensor::assertGuards);
        arena.close();
    }

    final class Tensor {
        private final int count;
        private final MemorySegment memory;

        private Tensor(int count) {
            this.count = count;
            memory = arena.allocate(4L * (count + 2 * GUARD), 64);
            for (int i = 0; i < count + 2 * GUARD; i++) {
                boolean guard = i < GUARD || i >= count + GUARD;
                memory.set(JAVA_INT_UNALIGNED, 4L * i, guard ? GUARD_BITS : 0);
            }
            all.add(this);
        }

        /** Begins at the first element and reaches over the guard behind the last. */
        MemorySegment segment() {
            return memory.asSlice(4L * GUARD);
        }

        void set(int i, float value) {
            memory.set(FLOAT, 4L * (i + GUARD), value);
        }

        float[] floats() {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = memory.get(FLOAT, 4L * (i + GUARD));
            }
            return values;
        }

        double[] doubles() {
            double[] values = new double[count];
            for (int i = 0; i < count; i++) {
                values[i] = memory.get(FLOAT, 4L * (i + GUARD));
            }
            return values;
        }

        int[] bits() {
            int[] values = new int[count];
            for (int i = 0; i < count; i++) {
                values[i] = memory.get(JAVA_INT_UNALIGNED, 4L * (i + GUARD));
            }
            return values;
        }

        void assertGuards() {
            for (int i = 0; i < GUARD; i++) {
                assertThat(memory.get(JAVA_INT_UNALIGNED, 4L * i))
                        .as("guard before")
                        .isEqualTo(GUARD_BITS);
                assertThat(memory.get(JAVA_INT_UNALIGNED, 4L * (count + GUARD + i)))
                        .as("guard behind")
                        .isEqualTo(GUARD_BITS);
            }
        }
    }
}
