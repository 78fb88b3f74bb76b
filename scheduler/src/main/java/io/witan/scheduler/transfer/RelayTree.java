package io.witan.scheduler.transfer;

/** How a chunk comes from its owner's node to the nodes that need it: up to two get it from there, of more each passes it on to two. */
public final class RelayTree {
    private static final int STAR_LIMIT = 2;

    private RelayTree() {}

    /**
     * From which relay one gets the chunk.
     *
     * @param relay 1..targets, in the order of the chunk
     * @param targets nodes that need the chunk besides the owner's
     * @return a relay before it; 0: the owner
     */
    public static int parent(int relay, int targets) {
        return targets <= STAR_LIMIT ? 0 : (relay - 1) / 2;
    }
}
