package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JvmFlagsIT {
    @TempDir
    private Path folder;

    private List<String> results(Process child) throws Exception {
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output.lines().filter(line -> line.startsWith("RESULT")).toList();
    }

    @Test
    void lackingFlagsAreNamedInOneLine() throws Exception {
        List<String> results = results(ChildJvm.start(List.of(), FlaglessChild.class, folder.toString()));
        assertThat(results).hasSize(1);
        assertThat(results.getFirst())
                .startsWith("RESULT JVM_FLAGS Chronicle Map cannot start: this JVM lacks")
                .contains("--add-opens=java.base/java.lang=ALL-UNNAMED")
                .endsWith("start it with java @bin/jvm.options");
    }

    @Test
    void withTheFlagsItStarts() throws Exception {
        assertThat(ChronicleFlags.missing()).isEmpty();
        assertThat(results(ChildJvm.start(FlaglessChild.class, folder.toString())))
                .containsExactly("RESULT vault of rank 0: no complete step (slot 0: no commit; slot 1: no commit)");
    }
}
