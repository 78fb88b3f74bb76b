package io.witan.launcher.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.watch.MetricsEndpoint;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.train.RankFigures;
import io.witan.runtime.train.StepResult;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table of what a real endpoint serves. */
final class RunEndpointTest {
    @Test
    void itShowsTheStepAndTheRanks() {
        try (MetricsEndpoint endpoint = MetricsEndpoint.open(0)) {
            RunEndpoint source = new RunEndpoint(URI.create(endpoint.url()).getPort());
            assertThat(source.view().step()).isEmpty();
            endpoint.stepCompleted(new StepResult(
                    12,
                    2.5,
                    1,
                    0,
                    0.75,
                    1e-3,
                    false,
                    1000,
                    0.5,
                    new StepResult.StepTraffic(0, 0, 0, 0, 0),
                    new long[][] {{3, 1}},
                    new long[][] {{3, 1}},
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(new RankFigures(0.25, 0.25, 3, 4000), new RankFigures(0.5, 0, 5, 0))));
            RunView view = source.view();
            assertThat(view.step().orElseThrow().loss()).isEqualTo(2.5);
            assertThat(view.step().orElseThrow().stepMs()).isEqualTo(500);
            assertThat(view.step().orElseThrow().tokensPerS()).isEqualTo(2000);
            assertThat(view.ranksStep()).isEqualTo(12);
            assertThat(view.ranks())
                    .extracting(row -> row.figures().orElseThrow())
                    .containsExactly(
                            new RankMetrics.OfRank(250, 250, 3, 4000, 1.5, -1),
                            new RankMetrics.OfRank(500, 0, 5, 0, 0.5, -1));
            assertThat(RunTable.lines(view).getLast())
                    .matches(" +1 +- +- +- +- +500\\.0 +0\\.0 +0 % +0\\.50 +- +0\\.00 +-");
        }
    }

    @Test
    void nobodyThereIsOneLine() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertThatThrownBy(() -> new RunEndpoint(port).view())
                .isInstanceOf(LaunchException.class)
                .hasMessage("no run answers at http://127.0.0.1:" + port
                        + "/metrics; is there one with --metrics-port on this machine?");
    }
}
