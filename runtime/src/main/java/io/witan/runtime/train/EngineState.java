package io.witan.runtime.train;

import java.util.List;
import java.util.Map;

/**
 * What a run needs besides tensors to go on bit for bit; the same on every rank.
 *
 * @param step completed steps
 * @param updates Adam updates of each region, by its key, for all experts of all ranks
 * @param owners owner of each expert, layers x experts
 * @param loadHistory loads of the last steps, oldest first, layers x experts
 * @param skippedInRow non-finite steps up to now without a good one between
 */
public record EngineState(
        long step, Map<String, Long> updates, int[][] owners, List<long[][]> loadHistory, int skippedInRow) {}
