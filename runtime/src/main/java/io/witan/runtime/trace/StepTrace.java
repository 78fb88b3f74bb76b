package io.witan.runtime.trace;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * One step of a trace file.
 *
 * @param ranks events of each rank, by rank
 * @param names of the ranks
 * @param predicted the event model's operations; empty without one
 * @param predictedTimes by the event model
 */
public record StepTrace(
        long step,
        Map<Integer, List<TraceEvent>> ranks,
        Map<Integer, String> names,
        List<TraceEvent> predicted,
        Optional<LayerTimes> predictedTimes) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The step of median length on rank 0.
     *
     * @throws TraceException if the file cannot be read or is no trace of a run
     */
    public static StepTrace typical(Path file) {
        List<TraceEvent> steps = new ArrayList<>();
        Map<Integer, String> names = new TreeMap<>();
        List<LayerTimes> times = new ArrayList<>();
        each(file, (rank, json) -> {
            if (json.path("name").asText().equals("process_name")) {
                names.put(rank, json.path("args").path("name").asText());
                times(json.path("args")).ifPresent(times::add);
            } else if (rank == 0 && json.path("tid").asInt() == TraceLane.STEPS.ordinal() && isEvent(json)) {
                steps.add(event(json));
            }
        });
        if (steps.isEmpty()) {
            throw new TraceException("trace " + file + " has no step");
        }
        steps.sort(Comparator.comparingLong(TraceEvent::durationNs));
        long step = steps.get(steps.size() / 2).step();
        Map<Integer, List<TraceEvent>> ranks = new TreeMap<>();
        List<TraceEvent> predicted = new ArrayList<>();
        each(file, (rank, json) -> {
            if (isEvent(json) && json.path("args").path("step").asLong() == step) {
                boolean model = json.path("cat").asText().equals(TraceFile.PREDICTED);
                (model ? predicted : ranks.computeIfAbsent(rank, _ -> new ArrayList<>())).add(event(json));
            }
        });
        return new StepTrace(step, ranks, names, predicted, times.stream().findFirst());
    }

    /** Of a process, if it is the event model. */
    private static Optional<LayerTimes> times(JsonNode args) {
        return args.has(TraceFile.LAYERS_MS)
                ? Optional.of(new LayerTimes(
                        args.path(TraceFile.MOE_FORWARD_MS).asDouble(),
                        args.path(TraceFile.MOE_BACKWARD_MS).asDouble(),
                        args.path(TraceFile.LAYERS_MS).asDouble()))
                : Optional.empty();
    }

    /** Of this step, the mean of the ranks. */
    public LayerTimes measuredTimes() {
        return LayerTimes.mean(ranks.values().stream().map(LayerTimes::measured).toList());
    }

    private static boolean isEvent(JsonNode json) {
        return json.path("ph").asText().equals("X");
    }

    private static void each(Path file, BiConsumer<Integer, JsonNode> entry) {
        try (JsonParser parser = JSON.createParser(file.toFile())) {
            while (parser.nextToken() != JsonToken.START_ARRAY) {
                if (parser.currentToken() == null) {
                    throw new TraceException("trace " + file + " has no events");
                }
            }
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                JsonNode json = parser.readValueAsTree();
                entry.accept(json.path("pid").asInt(), json);
            }
        } catch (IOException e) {
            throw new TraceException("cannot read trace " + file + ": " + e);
        }
    }

    private static TraceEvent event(JsonNode json) {
        TraceLane lane = TraceLane.at(json.path("tid").asInt());
        JsonNode args = json.path("args");
        long beginNs = ns(json.path("ts"));
        return new TraceEvent(
                lane,
                span(lane, args.path("span").asText()),
                json.path("name").asText(),
                args.has("phase") ? Phase.labelled(args.path("phase").asText()) : Phase.FORWARD,
                args.path("step").asLong(),
                args.path("layer").asInt(Timeline.NONE),
                args.path("piece").asInt(Timeline.NONE),
                beginNs - ns(args.path("queued_us")),
                beginNs,
                beginNs + ns(json.path("dur")),
                args.path("bytes").asLong());
    }

    private static Span span(TraceLane lane, String label) {
        return switch (lane) {
            case STEPS -> Span.STEP;
            case COMPUTE -> Span.labelled(label);
            case TOKENS, NODE, PARAMETERS, GRADIENTS -> Span.OPERATION;
        };
    }

    private static long ns(JsonNode microseconds) {
        return Math.round(microseconds.asDouble() * TraceFile.NS_PER_US);
    }
}
