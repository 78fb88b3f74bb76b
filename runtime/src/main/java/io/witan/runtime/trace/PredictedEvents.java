package io.witan.runtime.trace;

import io.witan.scheduler.step.PredictedStep;
import io.witan.scheduler.step.StepTask;
import java.util.ArrayList;
import java.util.List;

/**
 * The event model's operations beside the steps that a rank recorded: forward begins where the embedding ended, backward where the head
 * did, but not before forward is over. Gradients travel in the last backward of a step.
 */
record PredictedEvents(PredictedStep predicted) {
    private static final double NS_PER_MS = 1e6;

    /** @param recorded of rank 0 */
    List<TraceEvent> beside(List<TraceEvent> recorded) {
        List<TraceEvent> events = new ArrayList<>();
        List<TraceEvent> heads = spans(recorded, Span.HEAD);
        List<TraceEvent> embeddings = spans(recorded, Span.EMBEDDING).stream()
                .filter(event -> event.phase() == Phase.FORWARD)
                .toList();
        for (int i = 0; i < Math.min(heads.size(), embeddings.size()); i++) {
            TraceEvent head = heads.get(i);
            boolean last = i + 1 == heads.size() || heads.get(i + 1).step() != head.step();
            long begin = embeddings.get(i).endNs();
            addAll(events, predicted.forward(), new Origin(head.step(), begin), false);
            long end = begin + Math.round(predicted.forwardMs() * NS_PER_MS);
            addAll(events, predicted.backward(), new Origin(head.step(), Math.max(head.endNs(), end)), last);
        }
        return events;
    }

    private record Origin(long step, long ns) {}

    private static List<TraceEvent> spans(List<TraceEvent> recorded, Span span) {
        return recorded.stream().filter(event -> event.span() == span).toList();
    }

    private static void addAll(List<TraceEvent> events, List<StepTask> tasks, Origin origin, boolean gradients) {
        for (StepTask task : tasks) {
            if (gradients || task.kind() != StepTask.Kind.GRADIENTS) {
                events.add(event(task, origin.step(), origin.ns()));
            }
        }
    }

    private static TraceEvent event(StepTask task, long step, long originNs) {
        long beginNs = originNs + Math.round(task.startMs() * NS_PER_MS);
        long endNs = originNs + Math.round(task.endMs() * NS_PER_MS);
        Span span =
                switch (task.kind()) {
                    case ATTENTION -> Span.ATTENTION;
                    case EXPERTS -> Span.EXPERTS;
                    case EXPERT_WEIGHTS -> Span.EXPERT_WEIGHTS;
                    case DISPATCH, COMBINE, GRADIENTS -> Span.OPERATION;
                };
        return new TraceEvent(
                lane(task),
                span,
                name(task, span),
                phase(task),
                step,
                task.layer(),
                task.piece(),
                beginNs,
                beginNs,
                endNs,
                0);
    }

    private static TraceLane lane(StepTask task) {
        return switch (task.kind()) {
            case ATTENTION, EXPERTS, EXPERT_WEIGHTS -> TraceLane.COMPUTE;
            case DISPATCH, COMBINE -> TraceLane.TOKENS;
            case GRADIENTS -> TraceLane.GRADIENTS;
        };
    }

    /** As collectives call what they do. */
    private static String name(StepTask task, Span span) {
        return switch (task.kind()) {
            case ATTENTION, EXPERTS, EXPERT_WEIGHTS -> span.label();
            case DISPATCH, COMBINE -> "allToAllV";
            case GRADIENTS -> "allReduce";
        };
    }

    private static Phase phase(StepTask task) {
        return switch (task.pass()) {
            case FORWARD -> Phase.FORWARD;
            case RECOMPUTE -> Phase.RECOMPUTE;
            case BACKWARD -> Phase.BACKWARD;
        };
    }

    /** @param recorded of rank 0 */
    LayerTimes times(List<TraceEvent> recorded) {
        int steps = Math.max(1, spans(recorded, Span.STEP).size());
        return LayerTimes.predicted(
                predicted, Math.max(1, spans(recorded, Span.HEAD).size() / steps));
    }
}
