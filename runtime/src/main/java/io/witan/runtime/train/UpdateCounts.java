package io.witan.runtime.train;

import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Adam updates of every region on all ranks. Every rank counts them alike, as all know the loads. */
final class UpdateCounts {
    private final TrainingState state;
    private final String denseKey;
    private final long[][] experts;
    /** Updates of the dense region before each phase that has begun. */
    private final List<Long> beforePhases = new ArrayList<>();

    private long dense;

    UpdateCounts(TrainingState state) {
        this.state = state;
        this.denseKey = state.dense().key();
        this.experts = new long[state.moeLayerCount()][];
        for (int l = 0; l < experts.length; l++) {
            experts[l] = new long[state.owners()[l].length];
        }
    }

    /** Takes up saved counts. */
    void restore(EngineState engine) {
        Map<String, Long> saved = engine.updates();
        dense = saved.getOrDefault(denseKey, 0L);
        for (int l = 0; l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                experts[l][e] = saved.getOrDefault(TrainingState.expertKey(l, e), 0L);
            }
        }
        beforePhases.clear();
        // State of versions without phases is all of a first one.
        long[] before = engine.phaseUpdates() == null ? new long[1] : engine.phaseUpdates();
        for (long updates : before) {
            beforePhases.add(updates);
        }
    }

    /** A phase begins, or goes on: experts that it trains and the one before did not start anew. */
    void beginPhase(TrainingPhases<?> phases, int number) {
        if (number < beforePhases.size()) {
            return;
        }
        beforePhases.add(dense);
        for (int l = 0; number > 0 && l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                if (phases.trainedSince(number, state.expertTensors(l, e).getFirst()) == number) {
                    restart(l, e);
                }
            }
        }
    }

    private void restart(int layer, int expert) {
        experts[layer][expert] = 0;
        StateEntry kept = state.expert(layer, expert);
        if (kept != null) {
            kept.updates(0);
        }
    }

    /** Updates of the dense region before a phase that has begun. */
    long beforePhase(int number) {
        return beforePhases.get(number);
    }

    /** Counts a step: of the dense region, and of each trained expert that got a token. */
    void add(long[][] loads) {
        dense++;
        for (int l = 0; l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                experts[l][e] += loads[l][e] > 0 && state.trained().includesExpert(l, e) ? 1 : 0;
            }
        }
    }

    long of(int layer, int expert) {
        return experts[layer][expert];
    }

    /** Updates of the dense region before each phase that has begun. */
    long[] beforePhases() {
        return beforePhases.stream().mapToLong(Long::longValue).toArray();
    }

    /** By the regions' keys, without those that are 0. */
    Map<String, Long> byKey() {
        Map<String, Long> counts = new TreeMap<>();
        if (dense > 0) {
            counts.put(denseKey, dense);
        }
        for (int l = 0; l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                if (experts[l][e] > 0) {
                    counts.put(TrainingState.expertKey(l, e), experts[l][e]);
                }
            }
        }
        return counts;
    }
}
