package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;

import net.openhft.chronicle.values.Values;
import org.junit.jupiter.api.Test;

class ChronicleClassesTest {
    /** What the build has compiled is what Chronicle uses, so that no process compiles it. */
    @Test
    void theClassOfTheMapIsOfTheBuild() throws ClassNotFoundException {
        Class<?> state = Class.forName("net.openhft.chronicle.hash.VanillaGlobalMutableState");
        Class<?> used = Values.nativeClassFor(state);
        assertThat(used.getName()).isEqualTo(state.getName() + "$$Native");
        assertThat(used.getProtectionDomain().getCodeSource())
                .isEqualTo(ExpertVault.class.getProtectionDomain().getCodeSource());
    }
}
