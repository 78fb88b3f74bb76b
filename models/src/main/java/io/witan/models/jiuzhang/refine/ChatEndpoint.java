package io.witan.models.jiuzhang.refine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A model behind HTTP that speaks OpenAI's chat completions: {@code POST BASE/chat/completions}, one request a draft. A request without an answer in
 * time, or with status 429 or 5xx, is made again after a pause that doubles up to half a minute; any other failure ends it at once. Any thread.
 */
public final class ChatEndpoint implements SolutionWriter, AutoCloseable {
    private static final int TOO_MANY = 429;
    private static final int SERVER_FAULT = 500;
    private static final int OK = 200;
    private static final int SHOWN = 120;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(16);
    private static final JsonMapper JSON = new JsonMapper();

    private final Settings settings;
    private final URI uri;
    private final String key;
    private final HttpClient client;

    /**
     * Where the endpoint is and how long it is waited for.
     *
     * @param base URL without {@code /chat/completions}
     * @param model name that the endpoint knows
     * @param deadline of one request, from connecting to the last byte
     * @param retries after the first request, at most
     * @param pause before the first of them
     * @param callsAtOnce requests under way at most
     */
    public record Settings(
            String base, String model, Duration deadline, int retries, Duration pause, int callsAtOnce) {}

    /**
     * Connects to nothing yet.
     *
     * @param key sent as bearer token; empty: none is sent
     * @throws IllegalArgumentException if the base is no URL of HTTP, or the key cannot be sent
     */
    public ChatEndpoint(Settings settings, String key) {
        this.settings = settings;
        this.uri = URI.create(settings.base.replaceAll("/+$", "") + "/chat/completions");
        this.key = key.strip();
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("a query is not supported");
        }
        if (!this.key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException("the key has characters that no HTTP header can have");
        }
        HttpRequest.newBuilder(uri);
        // Servers that know HTTP/1.1 alone stumble over the offer of an upgrade.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.deadline)
                .build();
    }

    @Override
    public int callsAtOnce() {
        return settings.callsAtOnce;
    }

    /** @throws WriterException in one line with URL and status */
    @Override
    public String write(Draft draft) {
        HttpRequest request = request(draft);
        Duration pause = settings.pause;
        for (int retry = 0; ; retry++) {
            String failure;
            try {
                HttpResponse<String> response = exchange(request);
                if (response.statusCode() == OK) {
                    return content(response.body());
                }
                failure = "status " + response.statusCode() + after(retry) + ": " + shown(response.body());
                if (response.statusCode() != TOO_MANY && response.statusCode() < SERVER_FAULT) {
                    throw failed(failure);
                }
            } catch (TimeoutException e) {
                failure = "no answer in " + settings.deadline.toMillis() + " ms" + after(retry);
            } catch (ExecutionException e) {
                failure = "no answer" + after(retry) + ": " + cause(e.getCause());
            }
            if (retry == settings.retries) {
                throw failed(failure);
            }
            sleep(pause);
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
        }
    }

    private HttpRequest request(Draft draft) {
        ObjectNode root = JSON.createObjectNode().put("model", settings.model).put("temperature", 0);
        ArrayNode messages = root.putArray("messages");
        messages.addObject().put("role", "system").put("content", DraftPrompt.instruction(draft.language()));
        messages.addObject().put("role", "user").put("content", DraftPrompt.of(draft));
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(root.toString(), StandardCharsets.UTF_8));
        return (key.isEmpty() ? builder : builder.header("Authorization", "Bearer " + key)).build();
    }

    /** The client's own time-out ends with the headers: this one counts the body too. */
    private HttpResponse<String> exchange(HttpRequest request) throws TimeoutException, ExecutionException {
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
        try {
            return answer.get(settings.deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted");
        } finally {
            answer.cancel(true);
        }
    }

    private String content(String body) {
        JsonNode content;
        try {
            content =
                    JSON.readTree(body).path("choices").path(0).path("message").path("content");
        } catch (JsonProcessingException e) {
            throw failed("status 200, but no JSON: " + shown(body));
        }
        if (!content.isTextual() || content.textValue().isBlank()) {
            throw failed("status 200, but without choices[0].message.content: " + shown(body));
        }
        return content.textValue();
    }

    private WriterException failed(String what) {
        return new WriterException("POST " + uri + ": " + what);
    }

    private static String cause(Throwable cause) {
        return cause instanceof ConnectException ? "connection refused, or no such host" : cause.toString();
    }

    private static String after(int retries) {
        return retries == 0 ? "" : " after " + retries + (retries == 1 ? " retry" : " retries");
    }

    private static String shown(String body) {
        String line = body.replaceAll("\\s+", " ").strip();
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }

    private void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted");
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
