package io.witan.runtime.state;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitializerTest {
    private static final List<ParameterSpec> DECLARED = List.of(
            ParameterSpec.matrix("a", 30, 20, 0.02),
            ParameterSpec.vector("gain", 20, 1),
            ParameterSpec.expert("e0", 5, 7, 0.5, 0, 0),
            ParameterSpec.matrix("b", 3, 2, 0.1));

    @Test
    void shouldReplayOneGeneratorInDeclarationOrderWhicheverTensorIsFilled() {
        ReplayInitializer replay = new ReplayInitializer(42, DECLARED);
        long x = 42;
        for (ParameterSpec spec : DECLARED) {
            float[] filled = fill(replay, spec);
            for (float value : filled) {
                if (spec.init() instanceof ParameterSpec.Init.Random random) {
                    x = x * 6364136223846793005L + 1442695040888963407L;
                    double limit = Math.sqrt(3) * random.deviation();
                    assertThat(value).isEqualTo((float) ((2 * ((x >>> 33) / 2147483648.0) - 1) * limit));
                } else {
                    assertThat(value).isEqualTo(1);
                }
            }
        }
        assertThat(fill(new ReplayInitializer(42, DECLARED), DECLARED.getLast()))
                .isEqualTo(fill(replay, DECLARED.getLast()));
    }

    @Test
    void shouldDrawNormalValuesThatDependOnSeedAndName() {
        ParameterSpec large = ParameterSpec.matrix("large", 200, 200, 0.5);
        float[] values = fill(new NormalInitializer(1), large);
        double mean = 0;
        double square = 0;
        for (float value : values) {
            mean += value / values.length;
            square += value * value / values.length;
            assertThat(Math.abs(value)).isLessThanOrEqualTo(1.5f);
        }
        assertThat(mean).isCloseTo(0, within(0.01));
        assertThat(Math.sqrt(square)).isCloseTo(0.4933, within(0.005));
        assertThat(fill(new NormalInitializer(1), large)).isEqualTo(values);
        assertThat(fill(new NormalInitializer(2), large)).isNotEqualTo(values);
        assertThat(fill(new NormalInitializer(1), ParameterSpec.matrix("other", 200, 200, 0.5)))
                .isNotEqualTo(values);
    }

    private static float[] fill(Initializer initializer, ParameterSpec spec) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(spec.count() * Float.BYTES, Float.BYTES);
            initializer.fill(spec, to);
            return to.toArray(JAVA_FLOAT);
        }
    }
}
