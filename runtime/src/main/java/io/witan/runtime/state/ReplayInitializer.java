package io.witan.runtime.state;

import io.witan.runtime.state.ParameterSpec.Init;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Uniform values of a given deviation, all drawn from one 64-bit linear congruential generator in declaration order, so
 * that another program can repeat them: x = x * 6364136223846793005 + 1442695040888963407; draw = x >>> 33; value =
 * (float) ((2 draw / 2^31 - 1) * sqrt(3) * deviation). A rank jumps over the tensors that it does not hold.
 */
public final class ReplayInitializer implements Initializer {
    private static final long MULTIPLIER = 6364136223846793005L;
    private static final long INCREMENT = 1442695040888963407L;

    private final long seed;
    private final Map<String, Long> drawsBefore = new HashMap<>();

    /** @param declared every tensor of the model in the order in which the generator fills them */
    public ReplayInitializer(long seed, List<ParameterSpec> declared) {
        this.seed = seed;
        long draws = 0;
        for (ParameterSpec spec : declared) {
            drawsBefore.put(spec.name(), draws);
            draws += spec.init() instanceof Init.Random ? spec.count() : 0;
        }
    }

    @Override
    public void fill(ParameterSpec spec, MemorySegment to) {
        switch (spec.init()) {
            case Init.Constant constant -> NormalInitializer.fillConstant(to, spec.count(), constant.value());
            case Init.Random random -> {
                long x = jump(seed, drawsBefore.get(spec.name()));
                double limit = Math.sqrt(3) * random.deviation();
                for (long i = 0; i < spec.count(); i++) {
                    x = x * MULTIPLIER + INCREMENT;
                    double uniform = (x >>> 33) / 2147483648.0;
                    to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) ((2 * uniform - 1) * limit));
                }
            }
        }
    }

    /** The state after n draws: the n-fold composition of x -> a x + c, by squaring. */
    private static long jump(long state, long n) {
        long a = MULTIPLIER;
        long c = INCREMENT;
        long factor = 1;
        long term = 0;
        for (long rest = n; rest > 0; rest >>= 1) {
            if ((rest & 1) != 0) {
                factor *= a;
                term = term * a + c;
            }
            c = (a + 1) * c;
            a *= a;
        }
        return state * factor + term;
    }
}
