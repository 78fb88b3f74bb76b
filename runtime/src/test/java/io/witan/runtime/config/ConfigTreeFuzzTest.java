package io.witan.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ConfigTreeFuzzTest {
    @Provide
    Arbitrary<String> almostYaml() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withChars("ab:1-[]{},&*!|>'\"%@`#? \n\t~").ofMaxLength(60),
                Arbitraries.of("a: 1\n", "b:\n  c: [1, x]\n", "- d\n", "'", "\"\\x\"", "%YAML 9.9\n", "\u0000", "--- ")
                        .list()
                        .ofMaxSize(6)
                        .map(parts -> String.join("", parts)));
    }

    @Property(tries = 3000)
    void anyTextIsRefusedInOneLineOrComesBack(@ForAll("almostYaml") String text) {
        ConfigTree tree;
        try {
            tree = ConfigTree.parse(text, "fuzz.yaml");
        } catch (ConfigException e) {
            assertThat(e.getMessage()).startsWith("fuzz.yaml").doesNotContain("\n");
            return;
        }
        ConfigTree again = ConfigTree.parse(tree.toYaml(), "again.yaml");
        assertThat(ConfigTree.parse(again.toYaml(), "thrice.yaml")).isEqualTo(again);
        assertThat(again.keys()).isEqualTo(tree.keys());
    }
}
