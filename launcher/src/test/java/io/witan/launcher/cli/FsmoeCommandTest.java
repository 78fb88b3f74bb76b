package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.Launcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FsmoeCommandTest {
    private static final int USAGE = 2;
    private static final int OUTPUT = 11;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @BeforeEach
    void capture() {
        PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(both);
        System.setErr(both);
    }

    @AfterEach
    void release() {
        System.setOut(out);
        System.setErr(err);
    }

    @Test
    void writesTheMeansOfBothTestbedsAndPrintsThePaperBeside() throws IOException {
        Path json = folder.resolve("means.json");
        assertThat(witan("simulate", "fsmoe", "--json", json.toString())).isZero();
        JsonNode means = JsonMapper.builder().build().readTree(json.toFile());
        assertThat(means.fieldNames()).toIterable().containsExactly("A", "B");
        for (String testbed : new String[] {"A", "B"}) {
            JsonNode of = means.get(testbed);
            assertThat(of.fieldNames())
                    .toIterable()
                    .containsExactly("tutel_improved", "fsmoe_no_iio", "fsmoe", "witan");
            assertThat(of.get("tutel_improved").asDouble()).isGreaterThan(1);
            assertThat(of.get("fsmoe_no_iio").asDouble())
                    .isGreaterThan(of.get("tutel_improved").asDouble());
            assertThat(of.get("fsmoe").asDouble())
                    .isGreaterThan(of.get("fsmoe_no_iio").asDouble());
            assertThat(of.get("witan").asDouble())
                    .isGreaterThan(1.05 * of.get("fsmoe").asDouble());
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("Testbed A", "Testbed B", "1458 layers", "1.180", "1.220", "GPT2-XL on B")
                .doesNotContain("FAILS");
    }

    @Test
    void aFileInNoFolderIsRefusedBeforeAnyWork() {
        assertThat(witan(
                        "simulate",
                        "fsmoe",
                        "--json",
                        folder.resolve("no/such/x.json").toString()))
                .isEqualTo(OUTPUT);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("no/such/x.json")
                .doesNotContain("Testbed");
    }

    @Test
    void withoutASimulationTheAllowedOnesAreNamed() {
        assertThat(witan("simulate")).isEqualTo(USAGE);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("fsmoe");
    }

    private static int witan(String... words) {
        return Launcher.run(words, Main.composition());
    }
}
