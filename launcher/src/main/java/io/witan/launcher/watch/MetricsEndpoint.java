package io.witan.launcher.watch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;

/**
 * The state of a run for Prometheus, at {@code http://127.0.0.1:PORT/metrics}, on the loopback address only. Scrapes run on a thread of
 * their own and see whole steps: what a step adds and what it sets go in together.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final String PATH = "/metrics";
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int NOT_ALLOWED = 405;
    private static final int BACKLOG = 16;

    private final PrometheusMeterRegistry registry;
    private final HttpServer server;
    private final ExecutorService thread;
    private final Map<String, AtomicLong> memory = new HashMap<>();
    private final RankGauges ranks;
    /** Between steps and scrapes; fair, so that neither waits for more than one of the other. */
    private final Lock whole = new ReentrantLock(true);

    private StepResult last;

    private MetricsEndpoint(PrometheusMeterRegistry registry, HttpServer server) {
        this.registry = registry;
        this.server = server;
        this.ranks = new RankGauges(registry);
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("metrics-endpoint").factory());
    }

    /**
     * Opens the endpoint.
     *
     * @param port 0: any that is free
     * @throws LaunchException in one line if it is taken
     */
    public static MetricsEndpoint open(int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            HttpServer server = HttpServer.create(address, BACKLOG);
            MetricsEndpoint endpoint =
                    new MetricsEndpoint(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), server);
            endpoint.register();
            server.createContext(PATH, endpoint::answer);
            server.setExecutor(endpoint.thread);
            server.start();
            return endpoint;
        } catch (IOException e) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "metrics endpoint: port " + port + " on "
                            + address.getAddress().getHostAddress() + " is not to be had (" + e.getMessage()
                            + "); choose another --metrics-port, or 0 for any");
        }
    }

    /** Where it answers. */
    public String url() {
        InetSocketAddress address = server.getAddress();
        return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + PATH;
    }

    private void register() {
        gauge("witan.step", "steps done", StepResult::step);
        gauge("witan.loss", "mean cross-entropy of the step, nats a token", StepResult::loss);
        gauge("witan.gradient.norm", "before clipping", StepResult::gradNorm);
        gauge("witan.learning.rate", "of the step", StepResult::learningRate);
        gauge("witan.tokens.per.second", "input tokens of all ranks", StepResult::tokensPerSecond);
        gauge("witan.step.seconds", "wall-clock time of the step", StepResult::seconds);
        gauge("witan.rank.imbalance", "largest over mean load of a rank, mean over layers", StepResult::rankImbalance);
        gauge(
                "witan.expert.imbalance",
                "largest over mean load of an expert, mean over layers",
                StepResult::expertImbalance);
        gauge(
                "witan.copies.bytes",
                "the most that copies and their gradients took on any rank in the step",
                StepResult::largestCopyBytes);
        gauge("witan.copies", "expert copies of the step over all layers and ranks", MetricsEndpoint::copies);
    }

    private void gauge(String name, String help, ToDoubleFunction<StepResult> value) {
        Gauge.builder(name, this, endpoint -> endpoint.last == null ? Double.NaN : value.applyAsDouble(endpoint.last))
                .description(help)
                .register(registry);
    }

    private static double copies(StepResult result) {
        return result.placements().stream().mapToInt(Placement::copyCount).sum();
    }

    /** After each step. */
    public void stepCompleted(StepResult result) {
        whole.lock();
        try {
            take(result);
        } finally {
            whole.unlock();
        }
    }

    private void take(StepResult result) {
        StepResult.StepTraffic traffic = result.traffic();
        count("sparse_all_gather", traffic.sparseAllGatherBytes());
        count("sparse_reduce_scatter", traffic.sparseReduceScatterBytes());
        count("all_to_all", traffic.allToAllBytes());
        count("reshard", traffic.reshardBytes());
        Counter.builder("witan.moves")
                .description("experts that changed their owner")
                .register(registry)
                .increment(result.moves().size());
        Counter.builder("witan.tokens")
                .description("input tokens since this start")
                .register(registry)
                .increment(result.tokens());
        ranks.take(result);
        last = result;
    }

    private void count(String collective, long bytes) {
        Counter.builder("witan.collective.bytes")
                .description("payload over all ranks since this start")
                .tag("collective", collective)
                .register(registry)
                .increment(bytes);
    }

    /** After each measurement. */
    public void memoryMeasured(List<MemoryReport> ranks) {
        whole.lock();
        try {
            ranks.forEach(this::take);
        } finally {
            whole.unlock();
        }
    }

    private void take(MemoryReport report) {
        MemoryParts parts = report.parts();
        memory(report.rank(), "parameters", parts.parameters());
        memory(report.rank(), "gradients", parts.gradients());
        memory(report.rank(), "optimizer", parts.optimizer());
        memory(report.rank(), "activations", parts.activations());
        memory(report.rank(), "scratch", parts.scratch());
        memory(report.rank(), "transport", parts.transport());
        memory(report.rank(), "jvm", parts.jvm());
        memory(report.rank(), "resident", report.resident().bytes());
    }

    private String scrape() {
        whole.lock();
        try {
            return registry.scrape();
        } finally {
            whole.unlock();
        }
    }

    private void memory(int rank, String part, long bytes) {
        memory.computeIfAbsent(rank + " " + part, _ -> memoryGauge(registry, rank, part))
                .set(bytes);
    }

    private static AtomicLong memoryGauge(MeterRegistry registry, int rank, String part) {
        AtomicLong bytes = new AtomicLong();
        Gauge.builder("witan.memory.bytes", bytes, AtomicLong::get)
                .description(
                        "what a rank holds, by what it is for, when last measured; resident is all of it as the system counts")
                .tag("rank", Integer.toString(rank))
                .tag("part", part)
                .register(registry);
        return bytes;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(NOT_ALLOWED, -1);
                return;
            }
            byte[] text = scrape().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
            exchange.sendResponseHeaders(200, text.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(text);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
        registry.close();
    }
}
