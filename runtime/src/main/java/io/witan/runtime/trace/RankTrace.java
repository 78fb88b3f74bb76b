package io.witan.runtime.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What one rank recorded, as it came over, and how far its clock is from that of rank 0. Immutable. */
public final class RankTrace {
    static final int HEADER_BYTES = 2 * Integer.BYTES + Long.BYTES;

    private static final Span[] SPANS = Span.values();
    private static final Phase[] PHASES = Phase.values();

    private final int rank;
    private final ClockOffset clock;
    private final byte[] bytes;

    /** @param bytes of {@link Timeline#toBytes}; not to be changed any more */
    RankTrace(int rank, ClockOffset clock, byte[] bytes) {
        this.rank = rank;
        this.clock = clock;
        this.bytes = bytes;
    }

    public int rank() {
        return rank;
    }

    /** Events for which the rank had no room. */
    public long dropped() {
        return read().getLong(2 * Integer.BYTES);
    }

    /** Times of this rank are at most so wrong beside those of rank 0. */
    public long clockErrorNs() {
        return clock.errorNs();
    }

    /** All events, decoded anew at each call: those of the training thread as they ended, then those of lanes as they ended. */
    public List<TraceEvent> events() {
        ByteBuffer from = read();
        int count = from.getInt();
        byte[] text = new byte[from.getInt()];
        from.position(HEADER_BYTES).get(text);
        String[] names = new String(text, StandardCharsets.UTF_8).split("\n");
        List<TraceEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(event(from, names));
        }
        return events;
    }

    private TraceEvent event(ByteBuffer from, String[] names) {
        int code = from.getInt();
        int layer = from.getInt();
        int piece = from.getInt();
        from.getInt();
        long step = from.getLong();
        long submittedNs = from.getLong() - clock.offsetNs();
        long beginNs = from.getLong() - clock.offsetNs();
        long endNs = from.getLong() - clock.offsetNs();
        Span span = SPANS[EventBuffer.part(code, 1)];
        return new TraceEvent(
                TraceLane.at(EventBuffer.part(code, 0)),
                span,
                span == Span.OPERATION ? names[EventBuffer.part(code, 3)] : span.label(),
                PHASES[EventBuffer.part(code, 2)],
                step,
                layer,
                piece,
                submittedNs,
                beginNs,
                endNs,
                from.getLong());
    }

    private ByteBuffer read() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
