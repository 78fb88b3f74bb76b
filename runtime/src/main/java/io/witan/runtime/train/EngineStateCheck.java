package io.witan.runtime.train;

import java.util.Arrays;
import java.util.Objects;

/** Whether engine state that was read holds together, so that nobody stumbles over it later. */
final class EngineStateCheck {
    private EngineStateCheck() {}

    /** What is wrong with it, in words; empty if nothing is. @param state null: there is none */
    static String problem(EngineState state) {
        if (state == null || state.updates() == null || state.owners() == null || state.loadHistory() == null) {
            return "updates, owners and loadHistory must be there";
        }
        if (state.step() < 0 || state.ranks() < 1 || state.skippedInRow() < 0 || state.ownerSteps() < 0) {
            return "step, skippedInRow and ownerSteps must be 0 or more and ranks 1 or more";
        }
        if (state.updates().values().stream().anyMatch(count -> count == null || count < 0)) {
            return "updates must be 0 or more";
        }
        if (hasNull(state.owners()) || !Arrays.stream(state.owners()).allMatch(layer -> areRanks(layer, state))) {
            return "owners must be ranks 0 to " + (state.ranks() - 1);
        }
        if (state.loadHistory().stream().anyMatch(loads -> loads == null || hasNull(loads))
                || state.ownerLoads() != null && hasNull(state.ownerLoads())) {
            return "loads must be numbers, layers x experts";
        }
        if (state.gates() != null && (state.gates().length < state.owners().length || hasNull(state.gates()))) {
            return "gates must be there for every layer";
        }
        return state.copies() == null || areCopies(state) ? "" : "copies must be pairs of expert and rank";
    }

    private static boolean hasNull(Object[] layers) {
        return Arrays.stream(layers).anyMatch(Objects::isNull);
    }

    private static boolean areRanks(int[] ranks, EngineState state) {
        return Arrays.stream(ranks).allMatch(rank -> rank >= 0 && rank < state.ranks());
    }

    private static boolean areCopies(EngineState state) {
        int[][] copies = state.copies();
        if (copies.length > state.owners().length || hasNull(copies)) {
            return false;
        }
        for (int l = 0; l < copies.length; l++) {
            for (int i = 0; i < copies[l].length; i += 2) {
                boolean isPair = i + 1 < copies[l].length
                        && copies[l][i] >= 0
                        && copies[l][i] < state.owners()[l].length
                        && copies[l][i + 1] >= 0
                        && copies[l][i + 1] < state.ranks();
                if (!isPair) {
                    return false;
                }
            }
        }
        return true;
    }
}
