package io.witan.runtime.trace.overlap;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.runtime.trace.LayerTimes;
import io.witan.runtime.trace.RankTrace;
import io.witan.runtime.trace.RunTrace;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.TraceException;
import io.witan.runtime.trace.TraceLane;
import io.witan.runtime.trace.overlap.Intervals.Interval;
import io.witan.runtime.trace.overlap.RankOverlap.LaneOverlap;
import io.witan.scheduler.step.PredictedStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * How much of the traced steps' communication was hidden, and what computing waited for.
 *
 * @param firstStep first traced step
 * @param lastStep last one
 * @param droppedEvents events that ranks had no room for: above 0, times are missing
 * @param ranks in rank order
 * @param mean of the ranks
 * @param model what layers took beside what an event model says; null without one
 */
public record OverlapReport(
        @JsonProperty("first_step") long firstStep,
        @JsonProperty("last_step") long lastStep,
        @JsonProperty("dropped_events") long droppedEvents,
        List<RankOverlap> ranks,
        RankOverlap mean,
        @JsonProperty("event_model") @JsonInclude(JsonInclude.Include.NON_NULL) ModelComparison model) {
    private static final Set<Span> COMPUTE = of(Span.Kind.COMPUTE);
    private static final Set<Span> HOST = of(Span.Kind.HOST);
    private static final Set<Span> WAIT = of(Span.Kind.WAIT);
    private static final Set<Span> WAIT_TOKENS = EnumSet.of(Span.WAIT_TOKENS, Span.WAIT_COUNTS);
    private static final Set<Span> WAIT_COPIES = EnumSet.of(Span.WAIT_COPIES);
    private static final Set<Span> WAIT_GRADIENTS = EnumSet.of(Span.WAIT_GRADIENTS);
    private static final double NS_PER_MS = 1e6;
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private static Set<Span> of(Span.Kind kind) {
        return Arrays.stream(Span.values()).filter(span -> span.kind() == kind).collect(Collectors.toUnmodifiableSet());
    }

    /** @param trace of at least one step */
    public static OverlapReport of(RunTrace trace) {
        return of(trace, Optional.empty());
    }

    /** As {@link #of(RunTrace)}, beside an event model. */
    public static OverlapReport of(RunTrace trace, Optional<PredictedStep> model) {
        List<RankOverlap> ranks = new ArrayList<>();
        List<LayerTimes> times = new ArrayList<>();
        for (RankTrace rank : trace.ranks()) {
            List<TraceEvent> events = rank.events();
            ranks.add(of(rank.rank(), events));
            times.add(LayerTimes.measured(events));
        }
        List<Long> steps = trace.steps();
        ModelComparison comparison = model.map(
                        step -> ModelComparison.of(trace.predictedTimes(step), LayerTimes.mean(times)))
                .orElse(null);
        return new OverlapReport(steps.getFirst(), steps.getLast(), trace.dropped(), ranks, mean(ranks), comparison);
    }

    /**
     * Writes it as JSON, over an earlier one.
     *
     * @throws TraceException if the file cannot be written
     */
    public void write(Path file) {
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            Files.writeString(aside, JSON.writeValueAsString(this) + "\n");
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new TraceException("cannot write overlap report " + file + ": " + e);
        }
    }

    /** Of one rank. @param events in any order */
    static RankOverlap of(int rank, Collection<TraceEvent> events) {
        Map<TraceLane, List<TraceEvent>> lanes = events.stream().collect(Collectors.groupingBy(TraceEvent::lane));
        List<TraceEvent> steps = lanes.getOrDefault(TraceLane.STEPS, List.of());
        ComputeLane compute = new ComputeLane(lanes.getOrDefault(TraceLane.COMPUTE, List.of()));
        Scale scale = new Scale(NS_PER_MS * Math.max(1, steps.size()));
        Intervals working = compute.in(union(COMPUTE, HOST));
        Intervals waiting = compute.in(WAIT);
        List<TraceEvent> operations =
                events.stream().filter(event -> event.lane().isCommunication()).toList();
        LaneOverlap communication = overlap(operations, working, waiting, scale);
        Map<String, LaneOverlap> byLane = new LinkedHashMap<>();
        for (TraceLane lane : TraceLane.values()) {
            if (lane.isCommunication()) {
                byLane.put(lane.label(), overlap(lanes.getOrDefault(lane, List.of()), working, waiting, scale));
            }
        }
        double stepMs = scale.ms(times(steps).lengthNs());
        double computeMs = scale.ms(compute.in(COMPUTE).lengthNs());
        double hostMs = scale.ms(compute.in(HOST).lengthNs());
        double tokensMs = scale.ms(compute.in(WAIT_TOKENS).lengthNs());
        double copiesMs = scale.ms(compute.in(WAIT_COPIES).lengthNs());
        double gradientsMs = scale.ms(compute.in(WAIT_GRADIENTS).lengthNs());
        return new RankOverlap(
                rank,
                stepMs,
                computeMs,
                hostMs,
                tokensMs,
                copiesMs,
                gradientsMs,
                stepMs - computeMs - hostMs - tokensMs - copiesMs - gradientsMs,
                communication.busyMs(),
                communication.hiddenMs(),
                communication.exposedMs(),
                byLane);
    }

    private record Scale(double nsPerMsOfAStep) {
        double ms(long ns) {
            return ns / nsPerMsOfAStep;
        }
    }

    private static LaneOverlap overlap(List<TraceEvent> operations, Intervals working, Intervals waiting, Scale scale) {
        Intervals busy = times(operations);
        return new LaneOverlap(
                scale.ms(busy.lengthNs()), scale.ms(busy.sharedNs(working)), scale.ms(busy.sharedNs(waiting)));
    }

    private static Intervals times(List<TraceEvent> events) {
        return Intervals.union(events.stream()
                .map(event -> new Interval(event.beginNs(), event.endNs()))
                .toList());
    }

    private static Set<Span> union(Set<Span> one, Set<Span> other) {
        Set<Span> both = EnumSet.copyOf(one);
        both.addAll(other);
        return both;
    }

    private static RankOverlap mean(List<RankOverlap> ranks) {
        Map<String, LaneOverlap> lanes = new LinkedHashMap<>();
        for (String lane : ranks.getFirst().lanes().keySet()) {
            lanes.put(
                    lane,
                    new LaneOverlap(
                            mean(ranks, rank -> rank.lanes().get(lane).busyMs()),
                            mean(ranks, rank -> rank.lanes().get(lane).hiddenMs()),
                            mean(ranks, rank -> rank.lanes().get(lane).exposedMs())));
        }
        return new RankOverlap(
                RankOverlap.MEAN,
                mean(ranks, RankOverlap::stepMs),
                mean(ranks, RankOverlap::computeMs),
                mean(ranks, RankOverlap::hostMs),
                mean(ranks, RankOverlap::waitTokensMs),
                mean(ranks, RankOverlap::waitCopiesMs),
                mean(ranks, RankOverlap::waitGradientsMs),
                mean(ranks, RankOverlap::otherMs),
                mean(ranks, RankOverlap::communicationMs),
                mean(ranks, RankOverlap::hiddenMs),
                mean(ranks, RankOverlap::exposedMs),
                lanes);
    }

    private static double mean(List<RankOverlap> ranks, ToDoubleFunction<RankOverlap> value) {
        return ranks.stream().mapToDouble(value).average().orElse(0);
    }
}
