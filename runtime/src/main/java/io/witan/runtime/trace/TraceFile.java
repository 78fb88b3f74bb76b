package io.witan.runtime.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A run's trace in the trace event format of Chrome, which Perfetto reads too: a process is a rank, a thread one of its lanes. Events
 * have {@code ph} X, {@code ts} and {@code dur} in microseconds since the first traced step began, and in {@code args} what {@link
 * TraceEvent} has.
 */
public final class TraceFile {
    static final String EVENTS = "traceEvents";
    static final double NS_PER_US = 1e3;

    private final JsonGenerator json;
    private final long originNs;

    private TraceFile(JsonGenerator json, long originNs) {
        this.json = json;
        this.originNs = originNs;
    }

    /**
     * Writes the file as a whole, or not at all.
     *
     * @throws TraceException if it cannot be written
     */
    public static void write(RunTrace trace, Path file) {
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            try (JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(aside))) {
                new TraceFile(json, origin(trace)).write(trace);
            }
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new TraceException("cannot write trace " + file + ": " + e);
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

    private void write(RunTrace trace) throws IOException {
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

    private void nameLanes(int rank, String process) throws IOException {
        metadata("process_name", rank, 0);
        json.writeStringField("name", process);
        endMetadata();
        metadata("process_sort_index", rank, 0);
        json.writeNumberField("sort_index", rank);
        endMetadata();
        for (TraceLane lane : TraceLane.values()) {
            metadata("thread_name", rank, lane.ordinal());
            json.writeStringField("name", lane.label());
            endMetadata();
            metadata("thread_sort_index", rank, lane.ordinal());
            json.writeNumberField("sort_index", lane.ordinal());
            endMetadata();
        }
    }

    private void metadata(String name, int rank, int thread) throws IOException {
        begin(name, "M", rank, thread);
        json.writeObjectFieldStart("args");
    }

    private void endMetadata() throws IOException {
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
        begin(shown(event), "X", rank, event.lane().ordinal());
        json.writeStringField("cat", event.span().kind().label());
        json.writeNumberField("ts", (event.beginNs() - originNs) / NS_PER_US);
        json.writeNumberField("dur", event.durationNs() / NS_PER_US);
        json.writeObjectFieldStart("args");
        json.writeNumberField("step", event.step());
        writeUnlessNone("layer", event.layer());
        writeUnlessNone("piece", event.piece());
        if (event.lane().isCommunication()) {
            json.writeNumberField("bytes", event.sentBytes());
            json.writeNumberField("queued_us", (event.beginNs() - event.submittedNs()) / NS_PER_US);
        } else if (event.lane() == TraceLane.COMPUTE) {
            json.writeStringField("span", event.span().label());
            json.writeStringField("phase", event.phase().label());
        }
        json.writeEndObject();
        json.writeEndObject();
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
