package io.witan.collectives;

import io.witan.collectives.engine.Fault;
import io.witan.scheduler.plan.Topology;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which ranks of the world make up a group, as one of them sees it.
 *
 * @param runId of the group: a world has that of its run, every other group one of its own
 * @param rank in the group
 * @param topology of the group
 * @param worldRanks the world's rank of each of the group's, ascending
 */
record Members(long runId, int rank, Topology topology, List<Integer> worldRanks) {
    Members {
        worldRanks = List.copyOf(worldRanks);
    }

    static Members world(long runId, int rank, Topology topology) {
        return new Members(
                runId,
                rank,
                topology,
                IntStream.range(0, topology.rankCount()).boxed().toList());
    }

    int size() {
        return worldRanks.size();
    }

    /**
     * Some of these ranks in ascending order.
     *
     * @throws IllegalArgumentException if one is named twice or does not exist, or this rank is not among them
     */
    List<Integer> chosen(List<Integer> ranks) {
        List<Integer> ascending = ranks.stream().sorted().toList();
        for (int i = 0; i < ascending.size(); i++) {
            requireRank(ascending.get(i));
            if (i > 0 && ascending.get(i).equals(ascending.get(i - 1))) {
                throw new IllegalArgumentException("rank " + ascending.get(i) + " is named twice in " + ranks);
            }
        }
        if (!ascending.contains(rank)) {
            throw new IllegalArgumentException(
                    "rank " + rank + " is not among the members " + ranks + ": only members form a group");
        }
        return ascending;
    }

    /**
     * All ranks but those lost, ascending.
     *
     * @throws IllegalArgumentException if one of them does not exist or is this rank
     */
    List<Integer> without(List<Integer> lost) {
        lost.forEach(this::requireRank);
        if (lost.contains(rank)) {
            throw new IllegalArgumentException("rank " + rank + " cannot go on without itself");
        }
        return IntStream.range(0, size())
                .boxed()
                .filter(member -> !lost.contains(member))
                .toList();
    }

    /**
     * The group of some of these ranks. Nodes stay as they are, those without a member vanish.
     *
     * @param ranks ascending, with this one
     * @param serial of this group among those of the same ranks
     */
    Members only(List<Integer> ranks, long serial) {
        int[] perNode = new int[topology.nodeCount()];
        List<Integer> inWorld = new ArrayList<>();
        for (int member : ranks) {
            perNode[topology.nodeOf(member)]++;
            inWorld.add(worldRanks.get(member));
        }
        int[] used = IntStream.of(perNode).filter(count -> count > 0).toArray();
        return new Members(derivedRunId(ranks, serial), ranks.indexOf(rank), Topology.of(used), inWorld);
    }

    CollectiveException exception(Fault fault) {
        return exception(CollectiveException.Kind.valueOf(fault.kind().name()), fault.rank(), fault.message());
    }

    /** @param culprit rank of this group, -1 if none can be named */
    CollectiveException exception(CollectiveException.Kind kind, int culprit, String message) {
        int inWorld = culprit >= 0 && culprit < size() ? worldRanks.get(culprit) : -1;
        String text = isNumberedAlike() ? message : message + " (this group: ranks " + worldRanks + " of the world)";
        return new CollectiveException(kind, culprit, inWorld, text);
    }

    /** True if the ranks have the same numbers here and in the world. */
    private boolean isNumberedAlike() {
        return worldRanks.getLast() == size() - 1;
    }

    private void requireRank(int member) {
        if (member < 0 || member >= size()) {
            throw new IllegalArgumentException("rank " + member + " is not in 0.." + (size() - 1));
        }
    }

    private long derivedRunId(List<Integer> ranks, long serial) {
        ByteBuffer origin = ByteBuffer.allocate(2 * Long.BYTES + ranks.size() * Integer.BYTES)
                .putLong(runId)
                .putLong(serial);
        ranks.forEach(origin::putInt);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(origin.array());
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
