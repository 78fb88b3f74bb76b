package io.witan.scheduler.placement;

/** Lets experts of a layer that are as good as each other stay where they are, as far as can be. */
final class OwnerExchange {
    private OwnerExchange() {}

    /**
     * Deals the owners of a group of experts out again among them: first to those that are there already, then in order.
     *
     * @param owner owner[e] of the layer to come; changed
     * @param group experts that may be exchanged
     * @param current owner[e] now
     */
    static void keep(int[] owner, int[] group, int[] current, int rankCount) {
        if (group.length < 2) {
            return;
        }
        int[] places = new int[rankCount];
        for (int expert : group) {
            places[owner[expert]]++;
        }
        boolean[] stays = new boolean[group.length];
        for (int i = 0; i < group.length; i++) {
            stays[i] = places[current[group[i]]] > 0;
            if (stays[i]) {
                owner[group[i]] = current[group[i]];
                places[current[group[i]]]--;
            }
        }
        int rank = 0;
        for (int i = 0; i < group.length; i++) {
            if (!stays[i]) {
                while (places[rank] == 0) {
                    rank++;
                }
                owner[group[i]] = rank;
                places[rank]--;
            }
        }
    }
}
