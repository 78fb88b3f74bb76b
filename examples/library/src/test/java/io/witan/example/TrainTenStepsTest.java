package io.witan.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTenStepsTest {
    @Test
    void shouldLearnToCount() {
        List<Double> losses = TrainTenSteps.train(10);

        assertThat(losses).hasSize(10);
        assertThat(losses.getFirst()).isBetween(3.2, 3.8);
        assertThat(losses.getLast()).isLessThan(2.5);
    }

    @Test
    void shouldNameAMissingFlagInOneLine(@TempDir Path folder) throws Exception {
        Path output = folder.resolve("output");
        Process bare = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainTenSteps.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(bare.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(bare.exitValue()).isEqualTo(1);
            assertThat(Files.readAllLines(output))
                    .filteredOn(line -> line.contains("this JVM was started without"))
                    .singleElement()
                    .asString()
                    .contains("--add-modules=jdk.incubator.vector", "bin/jvm.options");
        } finally {
            bare.destroyForcibly();
        }
    }
}
