package io.witan.runtime.train;

import io.witan.runtime.state.TrainingState;
import java.util.Map;
import java.util.TreeMap;

/** Adam updates of every region on all ranks. Every rank counts them alike, as all know the loads. */
final class UpdateCounts {
    private final String denseKey;
    private final long[][] experts;
    private long dense;

    UpdateCounts(TrainingState state) {
        this.denseKey = state.dense().key();
        this.experts = new long[state.moeLayerCount()][];
        for (int l = 0; l < experts.length; l++) {
            experts[l] = new long[state.owners()[l].length];
        }
    }

    /** Takes up saved counts, by the regions' keys. */
    void restore(Map<String, Long> saved) {
        dense = saved.getOrDefault(denseKey, 0L);
        for (int l = 0; l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                experts[l][e] = saved.getOrDefault(TrainingState.expertKey(l, e), 0L);
            }
        }
    }

    /** Counts a step: of the dense region, and of each expert that got a token. */
    void add(long[][] loads) {
        dense++;
        for (int l = 0; l < experts.length; l++) {
            for (int e = 0; e < experts[l].length; e++) {
                experts[l][e] += loads[l][e] > 0 ? 1 : 0;
            }
        }
    }

    long of(int layer, int expert) {
        return experts[layer][expert];
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
