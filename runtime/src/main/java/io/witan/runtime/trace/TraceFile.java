package io.witan.runtime.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.witan.scheduler.step.PredictedStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * A run's trace in the trace event format of Chrome, which Perfetto reads too: a process is a rank, a thread one of its lanes. Events
 * have {@code ph} X, {@code ts} and {@code dur} in microseconds since the first traced step began, and in {@code args} what {@link
 * TraceEvent} has. What an event model predicts is a process after the ranks, whose events have {@code cat} {@link #PREDICTED}.
 */
public final class TraceFile {
    static final String EVENTS = "traceEvents";
    static final String PREDICTED = "predicted";
    static final String MOE_FORWARD_MS = "moe_forward_ms";
    static final String MOE_BACKWARD_MS = "moe_backward_ms";
    static final String LAYERS_MS = "layers_ms";
    static final double NS_PER_US = 1e3;

    private final JsonGenerator json;
    private final long originNs;

    private TraceFile(JsonGenerator json, long originNs) {
        this.json = json;
        this.originNs = originNs;
    }

    /**
     * Refuses a place where no trace can be written, before there is one. To be asked where it will be written.
     *
     * @throws TraceException if there is something, or no folder that can be written to
     */
    public static void requireFree(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.exists(file)) {
            throw new TraceException("trace file " + file + " exists; name another one");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new TraceException("there is no folder for trace file " + file);
        }
        if (!Files.isWritable(folder)) {
            throw new TraceException("the folder of trace file " + file + " is read-only");
        }
    }

    /**
     * Writes the file as a whole, or not at all.
     *
     * @throws TraceException if it cannot be written
     */
    public static void write(RunTrace trace, Path file) {
        write(trace, Optional.empty(), file);
    }

    /**
     * As {@link #write(RunTrace, Path)}, with what an event model says that steps are.
     *
     * @throws TraceException if it cannot be written
     */
    public static void write(RunTrace trace, Optional<PredictedStep> model, Path file) {
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            try (JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(aside))) {
                new TraceFile(json, origin(trace)).write(trace, model);
            }
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            TraceException failure = new TraceException("cannot write trace " + file + ": " + e);
            try {
                Files.deleteIfExists(aside);
            } catch (IOException left) {
                failure.addSuppressed(left);
            }
            throw failure;
        }
    }

    private static long origin(RunTrace trace) {
        long least = Long.MAX_VALUE;
        for (RankTrace rank : trace.ranks()) {
            for (TraceEvent event : rank.events()) {
                least = Math.min(least, event.beginNs());
            }
        }
        return least;
    }

    private void write(RunTrace trace, Optional<PredictedStep> model) throws IOException {
        json.writeStartObject();
        json.writeStringField("displayTimeUnit", "ms");
        json.writeArrayFieldStart(EVENTS);
        for (RankTrace rank : trace.ranks()) {
            nameLanes(
                    rank.rank(),
                    "rank " + rank.rank() + ", node " + trace.topology().nodeOf(rank.rank()));
            for (TraceEvent event : rank.events()) {
                write(rank.rank(), event);
            }
        }
        if (model.isPresent()) {
            write(trace, model.get());
        }
        json.writeEndArray();
        json.writeObjectFieldStart("otherData");
        json.writeNumberField("dropped_events", trace.dropped());
        json.writeArrayFieldStart("clock_error_us");
        for (RankTrace rank : trace.ranks()) {
            json.writeNumber(rank.clockErrorNs() / NS_PER_US);
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    /** Above the ranks. */
    private void write(RunTrace trace, PredictedStep model) throws IOException {
        int process = trace.ranks().size();
        LayerTimes times = trace.predictedTimes(model);
        metadata("process_name", process, 0);
        json.writeStringField("name", "event model");
        json.writeNumberField(MOE_FORWARD_MS, times.moeForwardMs());
        json.writeNumberField(MOE_BACKWARD_MS, times.moeBackwardMs());
        json.writeNumberField(LAYERS_MS, times.layersMs());
        endArgs();
        metadata("process_sort_index", process, 0);
        json.writeNumberField("sort_index", -1);
        endArgs();
        for (TraceLane lane : List.of(TraceLane.COMPUTE, TraceLane.TOKENS, TraceLane.GRADIENTS)) {
            nameLane(process, lane);
        }
        List<TraceEvent> recorded = trace.ranks().getFirst().events();
        for (TraceEvent event : new PredictedEvents(model).beside(recorded)) {
            beginEvent(process, event, PREDICTED);
            writePhase(event);
            endArgs();
        }
    }

    private void nameLanes(int rank, String process) throws IOException {
        metadata("process_name", rank, 0);
        json.writeStringField("name", process);
        endArgs();
        metadata("process_sort_index", rank, 0);
        json.writeNumberField("sort_index", rank);
        endArgs();
        for (TraceLane lane : TraceLane.values()) {
            nameLane(rank, lane);
        }
    }

    private void nameLane(int process, TraceLane lane) throws IOException {
        metadata("thread_name", process, lane.ordinal());
        json.writeStringField("name", lane.label());
        endArgs();
        metadata("thread_sort_index", process, lane.ordinal());
        json.writeNumberField("sort_index", lane.ordinal());
        endArgs();
    }

    private void metadata(String name, int rank, int thread) throws IOException {
        begin(name, "M", rank, thread);
        json.writeObjectFieldStart("args");
    }

    private void endArgs() throws IOException {
        json.writeEndObject();
        json.writeEndObject();
    }

    /** An event a line. */
    private void begin(String name, String phase, int rank, int thread) throws IOException {
        json.writeRaw('\n');
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("ph", phase);
        json.writeNumberField("pid", rank);
        json.writeNumberField("tid", thread);
    }

    private void write(int rank, TraceEvent event) throws IOException {
        beginEvent(rank, event, event.span().kind().label());
        if (event.lane().isCommunication()) {
            json.writeNumberField("bytes", event.sentBytes());
            json.writeNumberField("queued_us", (event.beginNs() - event.submittedNs()) / NS_PER_US);
        } else if (event.lane() == TraceLane.COMPUTE) {
            writePhase(event);
        }
        endArgs();
    }

    private void writePhase(TraceEvent event) throws IOException {
        json.writeStringField("span", event.span().label());
        json.writeStringField("phase", event.phase().label());
    }

    private void beginEvent(int process, TraceEvent event, String category) throws IOException {
        begin(shown(event), "X", process, event.lane().ordinal());
        json.writeStringField("cat", category);
        json.writeNumberField("ts", (event.beginNs() - originNs) / NS_PER_US);
        json.writeNumberField("dur", event.durationNs() / NS_PER_US);
        json.writeObjectFieldStart("args");
        json.writeNumberField("step", event.step());
        writeUnlessNone("layer", event.layer());
        writeUnlessNone("piece", event.piece());
    }

    private void writeUnlessNone(String name, int value) throws IOException {
        if (value != Timeline.NONE) {
            json.writeNumberField(name, value);
        }
    }

    /** Forward and backward of a part have names, and so colours, of their own. */
    private static String shown(TraceEvent event) {
        boolean told = event.lane() == TraceLane.COMPUTE
                && event.span().kind() == Span.Kind.COMPUTE
                && (event.phase() == Phase.BACKWARD || event.phase() == Phase.RECOMPUTE);
        if (event.span() == Span.STEP) {
            return "step " + event.step();
        }
        return told ? event.name() + ", " + event.phase().label() : event.name();
    }
}
