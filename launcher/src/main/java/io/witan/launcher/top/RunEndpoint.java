package io.witan.launcher.top;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A run by its endpoint for Prometheus on this machine: the figures of steps and ranks, but nothing of processes. */
public final class RunEndpoint implements RunSource {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int OK = 200;
    private static final double MS = 1e3;

    private final URI uri;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();

    public RunEndpoint(int port) {
        this.uri = URI.create("http://127.0.0.1:" + port + "/metrics");
    }

    /** @throws LaunchException with code ENVIRONMENT if nothing answers */
    @Override
    public RunView view() {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == OK) {
                return view(values(answer.body()));
            }
            throw new LaunchException(ExitCode.ENVIRONMENT, uri + " answers with status " + answer.statusCode());
        } catch (IOException e) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "no run answers at " + uri + "; is there one with --metrics-port on this machine?",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LaunchException(ExitCode.ENVIRONMENT, "interrupted while asking " + uri, e);
        }
    }

    /** Samples by name and labels, as {@code witan_rank_load{rank="0"}}. */
    static Map<String, Double> values(String exposition) {
        Map<String, Double> values = new HashMap<>();
        exposition.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int space = line.lastIndexOf(' ');
            if (space > 0) {
                values.put(line.substring(0, space), number(line.substring(space + 1)));
            }
        });
        return values;
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text.replace("Inf", "Infinity"));
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }

    private RunView view(Map<String, Double> values) {
        double last = values.getOrDefault("witan_step", Double.NaN);
        long step = Double.isNaN(last) ? 0 : (long) last;
        List<RunView.Row> rows = new ArrayList<>();
        for (int rank = 0; values.containsKey(ofRank("own_seconds", rank)); rank++) {
            RankMetrics.OfRank figures = new RankMetrics.OfRank(
                    MS * values.getOrDefault(ofRank("own_seconds", rank), 0.0),
                    MS * values.getOrDefault(ofRank("wait_seconds", rank), 0.0),
                    values.getOrDefault(ofRank("sent_bytes", rank), 0.0).longValue(),
                    values.getOrDefault(ofRank("resident_bytes", rank), 0.0).longValue(),
                    values.getOrDefault(ofRank("load", rank), 1.0),
                    -1);
            rows.add(new RunView.Row(rank, "", 0, "", -1, Optional.of(figures)));
        }
        Optional<StepMetrics> metrics = step == 0 ? Optional.empty() : Optional.of(step(step, values));
        return new RunView(uri.toString(), "running", false, 0, metrics, Optional.empty(), step, rows);
    }

    private static String ofRank(String figure, int rank) {
        return "witan_rank_" + figure + "{rank=\"" + rank + "\"}";
    }

    private static StepMetrics step(long step, Map<String, Double> values) {
        return new StepMetrics(
                step,
                values.getOrDefault("witan_loss", Double.NaN),
                values.getOrDefault("witan_gradient_norm", Double.NaN),
                values.getOrDefault("witan_learning_rate", Double.NaN),
                values.getOrDefault("witan_tokens_per_second", Double.NaN),
                MS * values.getOrDefault("witan_step_seconds", Double.NaN),
                values.getOrDefault("witan_rank_imbalance", Double.NaN),
                StepMetrics.Bytes.NONE,
                false,
                StepMetrics.noExtra());
    }
}
