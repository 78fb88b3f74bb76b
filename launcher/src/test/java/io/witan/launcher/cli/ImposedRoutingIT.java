package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.launcher.LauncherProcess;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of the real program with a routing that is imposed, and all that they tell of their balance. */
final class ImposedRoutingIT {
    private static final String SKEW = "zipf:1.5,drift=0.05,order=aligned";
    private static final double LOSS_TOLERANCE = 1e-4;
    private static final int FEW_STEPS = 6;
    private static final String STOP_EARLY = "train.stop_after=" + FEW_STEPS;
    private static final String ADDRESS = "metrics for Prometheus at ";

    @TempDir
    static Path shared;

    private static List<String> shown;
    private static String scraped;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient();
                LauncherProcess run = Witan.train(
                        shared, "--ranks", "2", "--out", "o", "--force-skew", SKEW, "--metrics-port", "0")) {
            run.awaitOut(1, line -> line.startsWith("step 2/"));
            scraped = scrape(client, run.out());
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            shown = run.out();
        }
    }

    private static String scrape(HttpClient client, List<String> out) throws Exception {
        String line = out.stream().filter(l -> l.contains(ADDRESS)).findFirst().orElseThrow();
        URI address = URI.create(line.substring(line.indexOf(ADDRESS) + ADDRESS.length()));
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build();
        return client.send(request, BodyHandlers.ofString()).body();
    }

    private static Path reference() {
        return shared.resolve("o");
    }

    @Test
    void theHotExpertsAreOnRankZeroAtTheStart() {
        MetricsReader metrics = Witan.metrics(reference());
        LoadMetrics first = metrics.loads().getFirst();
        assertThat(metrics.loads()).hasSize(Witan.STEPS).allMatch(line -> line.topK() == 2);
        for (long[] layer : first.expertLoad()) {
            // 6 experts, top 2: the first is in each token's choice, the next in 41 % of them.
            long tokens = Arrays.stream(layer).sum() / 2;
            assertThat(layer[0]).isEqualTo(tokens);
            assertThat((double) layer[1] / tokens).isCloseTo(0.413, within(0.15));
        }
        assertThat(metrics.steps().getFirst().imbalance())
                .as("1.7 without the copies that the first step makes after its gates")
                .isBetween(1.0, 1.3);
        assertThat(metrics.placements().getFirst().layers()).hasSize(2);
        List<List<Integer>> holders =
                metrics.placements().getFirst().layers().getFirst().holders();
        assertThat(holders.subList(0, 3)).allMatch(of -> of.contains(0)).contains(List.of(0, 1));
        assertThat(holders.subList(3, 6)).containsOnly(List.of(1));
        assertThat(shown)
                .anyMatch(line -> line.contains("routing is imposed: zipf:1.5,drift=0.05,order=aligned; the hottest"));
    }

    @Test
    void decisionsAreWrittenWhenTheyChange() throws Exception {
        List<String> decisions = Files.readAllLines(reference().resolve("decisions.log"));
        assertThat(decisions)
                .isNotEmpty()
                .allMatch(
                        line -> line.matches(
                                "step [0-9]+: layer [01]: expert [0-5] .*(copied to rank [01]|no longer copied|moves from rank).*"))
                .anyMatch(line -> line.matches("step 1: layer 0: expert 0 \\([0-9]+ % of load\\) copied to rank 1.*"));
        assertThat(Files.readAllLines(reference().resolve("logs/rank-0.log"))).containsAll(decisions);
        assertThat(shown).noneMatch(line -> line.contains("copied to rank"));
    }

    @Test
    void balanceIsShownNowAndThenAndAtTheEndAsAPage() throws Exception {
        assertThat(shown)
                .anyMatch(line -> line.startsWith("balance at step " + Witan.STEPS + ": imbalance "))
                .contains("balance: o/balance.html");
        assertThat(shown.stream().filter(line -> line.startsWith("balance at"))).hasSizeLessThan(Witan.STEPS / 2);
        assertThat(Files.readString(reference().resolve("balance.html")))
                .contains("data:image/png;base64,", "owner of each expert of layer 1 over steps")
                .contains(
                        Files.readAllLines(reference().resolve("decisions.log")).getFirst());
    }

    @Test
    void aScrapeDuringTheRunHasWhatItDoes() {
        assertThat(scraped)
                .containsPattern("(?m)^witan_step [2-9]\\.0|^witan_step 1[0-9]\\.0")
                .containsPattern("(?m)^witan_collective_bytes_total\\{collective=\"all_to_all\"} [1-9]")
                .containsPattern("(?m)^witan_loss [0-9]");
    }

    @ParameterizedTest
    @CsvSource({"1, fssdp", "2, ep", "4, fssdp"})
    void otherRanksAndPoliciesHaveTheSameLoadsAndLosses(String ranks, String policy) throws Exception {
        try (LauncherProcess run = Witan.train(
                folder,
                "--ranks",
                ranks,
                "--policy",
                policy,
                "--out",
                "o",
                "--set",
                STOP_EARLY,
                "--force-skew",
                SKEW)) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
        }
        MetricsReader metrics = Witan.metrics(folder.resolve("o"));
        assertThat(metrics.loads()).isEqualTo(Witan.metrics(reference()).loads().subList(0, FEW_STEPS));
        List<StepMetrics> expected = Witan.metrics(reference()).steps();
        for (int i = 0; i < FEW_STEPS; i++) {
            assertThat(metrics.steps().get(i).loss()).isCloseTo(expected.get(i).loss(), within(LOSS_TOLERANCE));
        }
    }

    @Test
    void itsLoadsCanBeReplayed() throws Exception {
        try (LauncherProcess run = Witan.train(
                folder,
                "--out",
                "o",
                "--set",
                STOP_EARLY,
                "--replay-loads",
                reference().toString(),
                "--seed",
                "9")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out()).anyMatch(line -> line.contains("routing is imposed: loads of " + reference()));
        }
        List<LoadMetrics> recorded = Witan.metrics(reference()).loads();
        for (LoadMetrics line : Witan.metrics(folder.resolve("o")).loads()) {
            for (int l = 0; l < 2; l++) {
                long[] expected = recorded.get((int) line.step() - 1).expertLoad()[l];
                assertThat(line.expertLoad()[l][0]).isCloseTo(expected[0], within(60L));
                assertThat(line.expertLoad()[l][5]).isCloseTo(expected[5], within(60L));
            }
        }
    }
}
