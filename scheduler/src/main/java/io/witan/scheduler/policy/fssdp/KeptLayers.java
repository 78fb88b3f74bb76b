package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.List;

/** Chooses the layers whose copies stay from forward to backward when there is no room for all (Hecate, section 3.2). */
final class KeptLayers {
    private KeptLayers() {}

    /**
     * Last layers first, as their copies are needed again soonest. Beside what is kept there is always room for the copies of the
     * largest layer that is not: in forward and in backward no rank ever has more than {@code pool} copies.
     *
     * @param pool copies that fit on a rank over all layers; those of each layer alone fit
     * @return keeps[l]
     */
    static boolean[] choose(List<Placement> wide, int pool) {
        int[] need = wide.stream()
                .mapToInt(layer -> Arrays.stream(layer.copiesByRank()).max().orElse(0))
                .toArray();
        boolean[] keeps = new boolean[need.length];
        if (Arrays.stream(need).asLongStream().sum() <= pool) {
            Arrays.fill(keeps, true);
            return keeps;
        }
        int left = pool - Arrays.stream(need).max().orElse(0);
        for (int l = need.length - 1; l >= 0; l--) {
            keeps[l] = need[l] <= left;
            left -= keeps[l] ? need[l] : 0;
        }
        return keeps;
    }
}
