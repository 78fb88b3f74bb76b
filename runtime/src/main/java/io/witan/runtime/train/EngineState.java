package io.witan.runtime.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import java.util.List;
import java.util.Map;

/**
 * What a run needs besides tensors to go on bit for bit; the same on every rank.
 *
 * @param step completed steps
 * @param ranks world size
 * @param updates Adam updates of each region, by its key, for all experts of all ranks
 * @param owners owner of each expert from the next step on, layers x experts; another number of ranks starts from even owners
 * @param loadHistory loads of the last steps, oldest first, layers x experts
 * @param skippedInRow non-finite steps up to now without a good one between
 * @param ownerLoads assignments of each expert since the policy last looked at the owners, layers x experts; null in state of earlier versions
 * @param ownerSteps number of those steps
 * @param copies where else experts were in the step before, as {@link PreviousPlacements} packs it; null if the policy does not look
 * @param gates what each layer's gate has learnt from loads; null in state of earlier versions
 * @param phaseUpdates updates of the dense region before each phase that has begun; null in state of earlier versions
 */
public record EngineState(
        long step,
        int ranks,
        Map<String, Long> updates,
        int[][] owners,
        List<long[][]> loadHistory,
        int skippedInRow,
        long[][] ownerLoads,
        long ownerSteps,
        int[][] copies,
        double[][] gates,
        long[] phaseUpdates) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws IllegalArgumentException if the text is not what {@link #toJson} writes: one line */
    public static EngineState fromJson(String text) {
        EngineState state;
        try {
            state = JSON.readValue(text, EngineState.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("engine state is unreadable: " + e.getOriginalMessage(), e);
        }
        String problem = EngineStateCheck.problem(state);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException("engine state is unreadable: " + problem);
        }
        return state;
    }

    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * This state for another number of ranks. What concerns the ranks that were is left out: copies and what owners were chosen by.
     *
     * @param newOwners owner of each expert, layers x experts
     */
    public EngineState onOtherRanks(int newRanks, int[][] newOwners) {
        return new EngineState(
                step, newRanks, updates, newOwners, loadHistory, skippedInRow, null, 0, null, gates, phaseUpdates);
    }

    /** Gives every gate what it has learnt. */
    public void restoreGates(List<MoeLayer> layers) {
        for (int l = 0; gates != null && l < layers.size(); l++) {
            layers.get(l).restoreGate(gates[l]);
        }
    }

    /** Gives every region its number of updates. */
    public void restoreUpdates(TrainingState state) {
        for (StateEntry entry : state.entries()) {
            entry.updates(updates.getOrDefault(entry.key(), 0L));
        }
    }
}
