package io.witan.runtime.trace;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.step.PredictedStep;
import java.util.List;

/**
 * What all ranks recorded, on the clock of rank 0.
 *
 * @param ranks in rank order
 */
public record RunTrace(Topology topology, List<RankTrace> ranks) {
    public RunTrace {
        ranks = List.copyOf(ranks);
    }

    /** The steps that it has, ascending. */
    public List<Long> steps() {
        return ranks.getFirst().events().stream()
                .filter(event -> event.span() == Span.STEP)
                .map(TraceEvent::step)
                .toList();
    }

    /** What layers take by the event model, for as many micro-batches as a step has. */
    public LayerTimes predictedTimes(PredictedStep model) {
        return new PredictedEvents(model).times(ranks.getFirst().events());
    }

    /** Events for which ranks had no room. */
    public long dropped() {
        return ranks.stream().mapToLong(RankTrace::dropped).sum();
    }
}
