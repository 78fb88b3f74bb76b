package io.witan.runtime.trace.overlap;

import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.overlap.Intervals.Interval;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the training thread did when: of spans inside one another, the innermost. */
final class ComputeLane {
    private final Map<Span, List<Interval>> times = new EnumMap<>(Span.class);

    /** @param spans of one thread, so that of two that share a moment one lies in the other */
    ComputeLane(Collection<TraceEvent> spans) {
        Deque<TraceEvent> open = new ArrayDeque<>();
        long now = Long.MIN_VALUE;
        for (TraceEvent span : spans.stream()
                .sorted(Comparator.comparingLong(TraceEvent::beginNs)
                        .thenComparing(
                                Comparator.comparingLong(TraceEvent::endNs).reversed()))
                .toList()) {
            now = close(open, now, span.beginNs());
            if (!open.isEmpty()) {
                add(open.peek(), now, span.beginNs());
            }
            open.push(span);
            now = span.beginNs();
        }
        close(open, now, Long.MAX_VALUE);
    }

    /** Ends the spans that have ended by some moment; returns from when on the innermost open one has the time. */
    private long close(Deque<TraceEvent> open, long from, long until) {
        long now = from;
        while (!open.isEmpty() && open.peek().endNs() <= until) {
            TraceEvent ended = open.pop();
            add(ended, now, ended.endNs());
            now = Math.max(now, ended.endNs());
        }
        return now;
    }

    private void add(TraceEvent span, long beginNs, long endNs) {
        if (endNs > beginNs) {
            times.computeIfAbsent(span.span(), _ -> new ArrayList<>()).add(new Interval(beginNs, endNs));
        }
    }

    /** When it was in one of these. */
    Intervals in(Set<Span> spans) {
        List<Interval> all = new ArrayList<>();
        spans.forEach(span -> all.addAll(times.getOrDefault(span, List.of())));
        return Intervals.union(all);
    }
}
