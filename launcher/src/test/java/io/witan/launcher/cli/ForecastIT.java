package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.LauncherProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code plan} and {@code simulate}, as a user starts them. */
final class ForecastIT {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aPlansMemoryIsNearWhatARunMeasures(int shards) throws Exception {
        String sharding = "parallel.expert_sharding=" + shards;
        // These JVMs compile less than usual and the model is small, so what a JVM takes counts most, and differs most.
        List<String> small = Witan.smallRun().subList(1, Witan.smallRun().size());
        List<String> words = new ArrayList<>(List.of("plan", "--ranks", "2", "--policy", "fssdp", "--set", sharding));
        words.addAll(small.subList(2, small.size()));
        double planned;
        try (LauncherProcess plan = Witan.start(folder, words.toArray(String[]::new))) {
            assertThat(plan.exitCode()).as("%s", plan.err()).isZero();
            planned = sum(plan.out(), "fssdp ", 8);
        }
        try (LauncherProcess run = Witan.train(folder, "--ranks", "2", "--out", "o", "--set", sharding)) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            double measured = sum(run.out(), "rank 0 ", 9);
            assertThat(planned).isBetween(0.75 * measured, 1.3 * measured);
        }
    }

    /** Of a table's row: the word at that place, in MB. */
    private static double sum(List<String> lines, String row, int place) {
        String line =
                lines.stream().filter(each -> each.startsWith(row)).findFirst().orElseThrow();
        return Double.parseDouble(Arrays.asList(line.strip().split("\\s+")).get(place));
    }

    @Test
    void badInputIsOneLine() throws Exception {
        for (String[] words : new String[][] {
            {"plan", "--force-skew", "zipf:-1"},
            {"plan", "--force-skew", "zipf:1,order=random"},
            {"plan", "--against", "o", "--ranks", "2"},
            {"plan", "--policy", "fastest"},
            {"simulate", "fssdp", "--table", "all-of-them"},
            {"simulate", "fssdp", "--gpus", "10", "--nodes", "3"},
            {"simulate", "fssdp", "--force-skew", "even"},
            {"simulate", "fssdp", "--force-skew", "zipf:1,drift=0.1"}
        }) {
            try (LauncherProcess refused = Witan.start(folder, words)) {
                assertThat(refused.exitCode()).as("%s", List.of(words)).isEqualTo(2);
                assertThat(refused.err().stream().filter(line -> line.startsWith("witan")))
                        .hasSize(1);
            }
        }
    }

    @Test
    void aSimulationPrintsItsTablesAndWritesThem() throws Exception {
        try (LauncherProcess run = Witan.start(
                folder, "simulate", "fssdp", "--gpus", "8", "--nodes", "2", "--experts", "16", "--json", "t.json")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out()).anyMatch(line -> line.contains("FSSDP, copies kept"));
        }
        assertThat(Files.readString(folder.resolve("t.json"))).contains("\"what-if\"");
    }
}
