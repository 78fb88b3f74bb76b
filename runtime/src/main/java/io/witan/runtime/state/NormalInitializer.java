package io.witan.runtime.state;

import io.witan.runtime.state.ParameterSpec.Init;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Normal values, truncated at three deviations, from a generator (SplitMix64) that is seeded with the run's seed and the
 * tensor's name.
 */
public record NormalInitializer(long seed) implements Initializer {
    private static final double LIMIT = 3;

    @Override
    public void fill(ParameterSpec spec, MemorySegment to) {
        switch (spec.init()) {
            case Init.Constant constant -> fillConstant(to, spec.count(), constant.value());
            case Init.Random random -> fillNormal(to, spec.count(), random.deviation(), stream(spec.name()));
        }
    }

    static void fillConstant(MemorySegment to, long count, float value) {
        for (long i = 0; i < count; i++) {
            to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value);
        }
    }

    private static void fillNormal(MemorySegment to, long count, double deviation, long state) {
        long s = state;
        for (long i = 0; i < count; i++) {
            double normal;
            do {
                s += 0x9E3779B97F4A7C15L;
                double u = ((mix(s) >>> 11) + 1) * 0x1p-53;
                s += 0x9E3779B97F4A7C15L;
                double angle = (mix(s) >>> 11) * 0x1p-53 * 2 * Math.PI;
                normal = Math.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(angle);
            } while (Math.abs(normal) > LIMIT);
            to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) (normal * deviation));
        }
    }

    private long stream(String name) {
        long h = mix(seed + 0x632BE59BD9B4E019L);
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            h = mix(h ^ b);
        }
        return h;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
