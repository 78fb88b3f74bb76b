package io.witan.runtime.trace;

import io.witan.scheduler.step.PredictedStep;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How long layers take, as a timeline has it or as the event model predicts it.
 *
 * @param moeForwardMs a MoE layer, from where its rows are laid out to when they are back; the mean
 * @param moeBackwardMs likewise in backward; the gate's backward runs in it
 * @param layersMs all layers of a step, forward and backward: without embedding, head, optimizer
 */
public record LayerTimes(double moeForwardMs, double moeBackwardMs, double layersMs) {
    private static final double NS_PER_MS = 1e6;

    /** @param microBatches of a step */
    static LayerTimes predicted(PredictedStep step, int microBatches) {
        return new LayerTimes(
                step.moeForwardMs(), step.moeBackwardMs(), microBatches * (step.forwardMs() + step.backwardMs()));
    }

    /** @param events of one rank, of whole steps, in any order */
    public static LayerTimes measured(Collection<TraceEvent> events) {
        Reader reader = new Reader();
        events.stream()
                .filter(event -> event.lane() == TraceLane.COMPUTE)
                .sorted(Comparator.comparingLong(TraceEvent::beginNs))
                .forEach(reader::read);
        long steps = events.stream().filter(event -> event.span() == Span.STEP).count();
        return new LayerTimes(
                meanMs(reader.forwardNs), meanMs(reader.backwardNs), reader.layersNs / NS_PER_MS / Math.max(1, steps));
    }

    /** The mean of several ranks, or of several steps. @param times at least one */
    public static LayerTimes mean(Collection<LayerTimes> times) {
        return new LayerTimes(
                times.stream().collect(Collectors.averagingDouble(LayerTimes::moeForwardMs)),
                times.stream().collect(Collectors.averagingDouble(LayerTimes::moeBackwardMs)),
                times.stream().collect(Collectors.averagingDouble(LayerTimes::layersMs)));
    }

    private static double meanMs(List<Long> ns) {
        return ns.stream().mapToLong(Long::longValue).average().orElse(0) / NS_PER_MS;
    }

    /** Spans in the order in which they begin. */
    private static final class Reader {
        private final List<Long> forwardNs = new ArrayList<>();
        private final List<Long> backwardNs = new ArrayList<>();
        private long layersNs;
        /** By layer, from when on its rows travel. */
        private final Map<Integer, Long> travel = new HashMap<>();

        private long layersBegin;

        void read(TraceEvent event) {
            boolean backward = event.phase() == Phase.BACKWARD;
            switch (event.span()) {
                case ORDER -> rows(event, backward, backwardNs);
                case I_ORDER -> rows(event, !backward, forwardNs);
                case EMBEDDING, HEAD -> layers(event, event.span() == Span.HEAD || backward);
                default -> {}
            }
        }

        private void rows(TraceEvent event, boolean back, List<Long> times) {
            if (!back) {
                travel.put(event.layer(), event.endNs());
            } else if (travel.containsKey(event.layer())) {
                times.add(event.beginNs() - travel.remove(event.layer()));
            }
        }

        private void layers(TraceEvent event, boolean after) {
            layersNs += after ? event.beginNs() - layersBegin : 0;
            layersBegin = event.endNs();
        }
    }
}
