package io.witan.launcher.watch;

import static io.witan.launcher.watch.Steps.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.ResidentSize;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.plan.Placement;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+(?:\\{[^}]*\\})?) (\\S+)");
    private static final Placement COPIED =
            Placement.ofOwners(new int[] {0, 1}, 2).with(new int[][] {{1}});

    private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return client.send(request, BodyHandlers.ofString());
        }
    }

    private static Map<String, Double> samples(String text) {
        Map<String, Double> samples = new HashMap<>();
        for (String line : text.lines().filter(l -> !l.startsWith("#")).toList()) {
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            samples.put(sample.group(1), Double.parseDouble(sample.group(2)));
        }
        return samples;
    }

    @Test
    void aScrapeHasTheLastStepAndSums() throws Exception {
        try (MetricsEndpoint endpoint = MetricsEndpoint.open(0)) {
            assertThat(endpoint.url()).matches("http://127\\.0\\.0\\.1:[0-9]+/metrics");
            assertThat(samples(get(endpoint.url()).body())).containsEntry("witan_step", Double.NaN);

            endpoint.stepCompleted(step(6, new long[][] {{3, 1}}, List.of(COPIED), new ExpertMove(0, 1, 1, 0)));
            endpoint.stepCompleted(step(7, new long[][] {{3, 1}}, List.of(COPIED)));
            endpoint.memoryMeasured(List.of(new MemoryReport(
                    1, new MemoryParts(1, 2, 3, 4, 5, 6, 7), new CopyMemory(0, 0, 0), new ResidentSize(40, 0, 0, 50))));
            HttpResponse<String> response = get(endpoint.url());

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
            assertThat(response.body()).contains("# TYPE witan_collective_bytes_total counter", "# HELP witan_step ");
            assertThat(samples(response.body()))
                    .containsEntry("witan_step", 7.0)
                    .containsEntry("witan_loss", 2.5)
                    .containsEntry("witan_tokens_per_second", 2000.0)
                    .containsEntry("witan_rank_imbalance", 1.5)
                    .containsEntry("witan_expert_imbalance", 1.5)
                    .containsEntry("witan_copies", 1.0)
                    .containsEntry("witan_copies_bytes", 80.0)
                    .containsEntry("witan_moves_total", 1.0)
                    .containsEntry("witan_tokens_total", 2000.0)
                    .containsEntry("witan_collective_bytes_total{collective=\"sparse_all_gather\"}", 200.0)
                    .containsEntry("witan_collective_bytes_total{collective=\"sparse_reduce_scatter\"}", 400.0)
                    .containsEntry("witan_collective_bytes_total{collective=\"all_to_all\"}", 600.0)
                    .containsEntry("witan_collective_bytes_total{collective=\"reshard\"}", 800.0)
                    .containsEntry("witan_memory_bytes{part=\"optimizer\",rank=\"1\"}", 3.0)
                    .containsEntry("witan_memory_bytes{part=\"resident\",rank=\"1\"}", 40.0);
            assertThat(get(endpoint.url().replace("/metrics", "/")).statusCode())
                    .isEqualTo(404);
        }
    }

    /** Steps that end while somebody scrapes: what a scrape tells is of one of them, and sums go up to that one. */
    @Test
    void aScrapeNeverSeesHalfAStep() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        try (MetricsEndpoint endpoint = MetricsEndpoint.open(0);
                ExecutorService training = Executors.newSingleThreadExecutor()) {
            endpoint.stepCompleted(step(1, new long[][] {{3, 1}}, List.of(COPIED)));
            training.execute(() -> {
                for (long step = 2; !enough.get(); step++) {
                    endpoint.stepCompleted(step(step, new long[][] {{3, 1}}, List.of(COPIED)));
                }
            });
            try {
                for (int scrape = 0; scrape < 30; scrape++) {
                    Map<String, Double> samples = samples(get(endpoint.url()).body());
                    double step = samples.get("witan_step");
                    assertThat(samples)
                            .containsEntry("witan_tokens_total", 1000 * step)
                            .containsEntry("witan_collective_bytes_total{collective=\"sparse_all_gather\"}", 100 * step)
                            .containsEntry("witan_collective_bytes_total{collective=\"reshard\"}", 400 * step);
                }
            } finally {
                enough.set(true);
            }
        }
    }

    @Test
    void aTakenPortIsOneClearLine() {
        try (MetricsEndpoint first = MetricsEndpoint.open(0)) {
            int port = URI.create(first.url()).getPort();
            assertThatThrownBy(() -> MetricsEndpoint.open(port))
                    .isInstanceOfSatisfying(
                            LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                    .hasMessageContaining("port " + port + " on 127.0.0.1")
                    .hasMessageContaining("choose another --metrics-port")
                    .message()
                    .doesNotContain("\n");
        }
    }
}
