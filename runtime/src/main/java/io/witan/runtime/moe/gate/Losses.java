package io.witan.runtime.moe.gate;

import io.witan.runtime.moe.AuxiliaryLosses;
import java.util.Arrays;

/** Auxiliary losses, from what scores know. */
final class Losses {
    private Losses() {}

    /**
     * @param share [E]: sum over this rank's tokens of each expert's share of a token
     * @param scored in host memory
     * @param load assignments of each expert over all ranks
     * @param tokens of the step over all ranks
     */
    static AuxiliaryLosses of(double[] share, Scored scored, long[] load, long tokens) {
        long assignments = Arrays.stream(load).sum();
        double balance = 0;
        for (int e = 0; e < load.length; e++) {
            double part = assignments == 0 ? 0 : (double) load[e] / assignments;
            balance += load.length * part * share[e] / tokens;
        }
        double squares = 0;
        for (int t = 0; t < scored.shape().tokens(); t++) {
            double lse = scored.logSumExp(t);
            squares += lse * lse / tokens;
        }
        return new AuxiliaryLosses(balance, squares);
    }
}
