package io.witan.launcher.supervise;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.launcher.message.ProgressLine;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * For collectors of logs: one JSON object a line, with {@code time} (ISO-8601, UTC, milliseconds), {@code level}, {@code event},
 * {@code node} and {@code rank} where a rank wrote it, {@code step} and {@code steps} where it is about one, and {@code message}.
 */
public final class JsonLines implements LineFormat {
    private static final JsonMapper JSON = new JsonMapper();

    private final InstantSource clock;

    public JsonLines(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String ofRank(String node, int rank, Level level, String text) {
        return line(eventOfRank(level, "output", node, rank), text);
    }

    @Override
    public String ofLauncher(Level level, String text) {
        return line(event(level, "launcher"), text);
    }

    @Override
    public String summary(String text) {
        return line(event(Level.INFO, "summary"), text);
    }

    @Override
    public String progress(String node, int rank, ProgressLine progress) {
        return line(withStep(eventOfRank(Level.INFO, "progress", node, rank), progress), progress.text());
    }

    @Override
    public String balance(String node, int rank, ProgressLine progress) {
        return line(
                withStep(eventOfRank(Level.INFO, "balance", node, rank), progress),
                progress.balance().getFirst());
    }

    private ObjectNode event(Level level, String event) {
        return JSON.createObjectNode()
                .put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString())
                .put("level", level.name().toLowerCase(Locale.ROOT))
                .put("event", event);
    }

    private ObjectNode eventOfRank(Level level, String event, String node, int rank) {
        return event(level, event).put("node", node).put("rank", rank);
    }

    private static ObjectNode withStep(ObjectNode line, ProgressLine progress) {
        return line.put("step", progress.step()).put("steps", progress.steps());
    }

    private static String line(ObjectNode line, String text) {
        return line.put("message", text).toString();
    }
}
