package io.witan.models.jiuzhang.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import io.witan.models.jiuzhang.data.Language;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server on this machine. */
class ChatEndpointTest {
    private static final Draft DRAFT =
            new Draft(Language.ENGLISH, List.of(), new SolvedProblem("What is 2 + 2?", new Solution("2 2", "22")));
    private static final String GOOD = "{\"choices\": [{\"message\": {\"content\": \"Four.\\nAnswer: 4\"}}]}";

    private final List<Response> responses = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private ExecutorService threads;

    private record Response(int status, String body, int halfAfterMs) {}

    private record Request(String path, String key, String upgrade, String body) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            String key = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(new Request(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    key,
                    exchange.getRequestHeaders().getFirst("Upgrade"),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            Response response = responses.get(requests.size() - 1);
            byte[] body = response.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(response.status, body.length);
            try (exchange) {
                exchange.getResponseBody().write(body, 0, body.length / 2);
                exchange.getResponseBody().flush();
                Thread.sleep(response.halfAfterMs);
                exchange.getResponseBody().write(body, body.length / 2, body.length - body.length / 2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/";
    }

    private ChatEndpoint endpoint(String key, int deadlineMs, int retries) {
        return new ChatEndpoint(
                new ChatEndpoint.Settings(
                        base(), "some-model", Duration.ofMillis(deadlineMs), retries, Duration.ofMillis(1), 2),
                key);
    }

    private String write(String key, int deadlineMs, int retries, Response... given) {
        responses.addAll(List.of(given));
        try (ChatEndpoint endpoint = endpoint(key, deadlineMs, retries)) {
            return endpoint.write(DRAFT);
        }
    }

    @Test
    void asksInTheFormOfChatCompletions() throws IOException {
        assertThat(write("secret\r\n", 10_000, 0, new Response(200, GOOD, 0))).isEqualTo("Four.\nAnswer: 4");
        Request request = requests.getFirst();
        assertThat(request.path).isEqualTo("POST /v1/chat/completions");
        assertThat(request.key).isEqualTo("Bearer secret");
        assertThat(request.upgrade)
                .as("which some servers answer without reading the body")
                .isNull();
        JsonNode body = new JsonMapper().readTree(request.body);
        assertThat(body.path("model").textValue()).isEqualTo("some-model");
        assertThat(body.path("temperature").doubleValue()).isZero();
        assertThat(body.at("/messages/0/role").textValue()).isEqualTo("system");
        assertThat(body.at("/messages/0/content").textValue()).isEqualTo(DraftPrompt.instruction(Language.ENGLISH));
        assertThat(body.at("/messages/1/role").textValue()).isEqualTo("user");
        assertThat(body.at("/messages/1/content").textValue()).isEqualTo(DraftPrompt.of(DRAFT));
    }

    @Test
    void triesAgainWhereThatMayHelp() {
        assertThat(write(
                        "",
                        10_000,
                        2,
                        new Response(429, "slow", 0),
                        new Response(503, "down", 0),
                        new Response(200, GOOD, 0)))
                .startsWith("Four.");
        assertThat(requests).hasSize(3).extracting(Request::key).containsOnlyNulls();
    }

    private void assertFails(String says, int requestsMade, int deadlineMs, int retries, Response... given) {
        assertThatThrownBy(() -> write("", deadlineMs, retries, given))
                .isInstanceOf(WriterException.class)
                .hasMessageContaining(base() + "chat/completions: " + says)
                .hasMessageNotContaining("\n");
        assertThat(requests).hasSize(requestsMade);
    }

    @Test
    void aMistakeOfOursIsNotRepeated() {
        assertFails(
                "status 401: {\"error\": \"no key\"}", 1, 10_000, 3, new Response(401, "{\"error\":\n \"no key\"}", 0));
    }

    @Test
    void givesUpAfterTheLastRetry() {
        assertFails(
                "status 500 after 1 retry: down",
                2,
                10_000,
                1,
                new Response(500, "down", 0),
                new Response(500, "down", 0));
    }

    @Test
    void theDeadlineHoldsForTheBodyToo() {
        assertFails("no answer in 3000 ms", 1, 3_000, 0, new Response(200, GOOD, 6_000));
    }

    @Test
    void repliesOfAnotherFormAreShown() {
        assertFails("status 200, but no JSON: <html>", 1, 10_000, 0, new Response(200, "<html>", 0));
    }

    @Test
    void repliesWithoutTextAreShown() {
        assertFails("status 200, but without choices[0].message.content: {}", 1, 10_000, 0, new Response(200, "{}", 0));
    }

    @Test
    void aKeyThatCannotBeSentIsNotShown() {
        assertThatThrownBy(() -> endpoint("sec\nret", 10_000, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the key has characters that no HTTP header can have");
    }

    @Test
    void nobodyAtThePortIsSaid() {
        server.stop(0);
        assertFails("no answer: connection refused, or no such host", 0, 10_000, 0);
    }
}
