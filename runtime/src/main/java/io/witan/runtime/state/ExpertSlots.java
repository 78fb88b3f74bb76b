package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Which expert lies where in a rank's memory. The regions are slots of one length, as many as the rank keeps experts over all layers, whole or a slice of each;
 * that number stays, while experts come and go. Fresh owners fill the slots in the order of layer and expert; an expert that comes
 * later takes the slot of one that goes.
 */
final class ExpertSlots {
    private final Sharding sharding;
    private final int rank;
    private final int ranks;
    private final Map<String, List<ParameterSpec>> tensors;
    private final List<List<String>> regions = new ArrayList<>();
    private final List<AdamWKernel.State[]> memory = new ArrayList<>();
    private final int[][] expertOf;
    private final StateEntry[][] entries;
    private int[][] owners;

    /**
     * @param tensors of every expert of the model, by {@link TrainingState#expertKey}
     * @param place of this rank in the world
     * @throws IllegalArgumentException if experts differ in length
     */
    ExpertSlots(Map<String, List<ParameterSpec>> tensors, int[][] owners, Sharding sharding, Place place) {
        this.sharding = sharding;
        this.rank = place.rank;
        this.ranks = place.ranks;
        this.tensors = new HashMap<>(tensors);
        this.owners = copy(owners);
        this.expertOf = inOrder(owners);
        this.entries = new StateEntry[owners.length][];
        for (int l = 0; l < owners.length; l++) {
            entries[l] = new StateEntry[owners[l].length];
            for (int e = 0; e < owners[l].length; e++) {
                if (countOf(l, e) != countOf(0, 0)) {
                    throw new IllegalArgumentException(
                            "expert " + TrainingState.expertKey(l, e) + " has " + countOf(l, e)
                                    + " parameters, the first one " + countOf(0, 0) + "; all must have the same");
                }
            }
        }
    }

    /** A rank and how many there are. */
    record Place(int rank, int ranks) {}

    /** Keys of the slots' memory: of parameters, first and second moments. */
    List<List<String>> regionKeys() {
        List<List<String>> keys = new ArrayList<>();
        for (int slot = 0; slot < expertOf.length; slot++) {
            keys.add(RegionKeys.all(RegionKeys.expert(slot)));
        }
        return keys;
    }

    /** Bytes of one region. */
    long regionBytes() {
        return owners.length == 0 ? 0 : part().count() * Float.BYTES;
    }

    private StateEntry.Part part() {
        return sharding.part(countOf(0, 0), rank, ranks);
    }

    /** Gives the next slot its memory, once for each, and puts the expert that is to lie there into it. */
    void add(List<String> keys, AdamWKernel.State[] states) {
        int slot = memory.size();
        regions.add(keys);
        memory.add(states);
        put(expertOf[slot], slot);
    }

    /** Owner of each expert, layers x experts; read only. */
    int[][] owners() {
        return owners;
    }

    /** Layer and expert of each slot. */
    int[][] contents() {
        return copy(expertOf);
    }

    /** The region of an expert, or null if this rank keeps nothing of it. */
    StateEntry entry(int layer, int expert) {
        return entries[layer][expert];
    }

    int layerCount() {
        return entries.length;
    }

    /** What this rank keeps, by layer and expert. */
    List<StateEntry> all() {
        List<StateEntry> all = new ArrayList<>();
        for (StateEntry[] layer : entries) {
            for (StateEntry entry : layer) {
                if (entry != null) {
                    all.add(entry);
                }
            }
        }
        return all;
    }

    /** Takes up other owners, and slots in which their experts lie in order. */
    void own(int[][] newOwners) {
        own(newOwners, inOrder(newOwners));
    }

    /**
     * Takes up other owners.
     *
     * @param contents layer and expert of each slot
     * @throws IllegalArgumentException if these are not this rank's experts; nothing is changed then
     */
    void own(int[][] newOwners, int[][] contents) {
        requireOwn(newOwners, contents);
        for (StateEntry[] layer : entries) {
            Arrays.fill(layer, null);
        }
        owners = copy(newOwners);
        for (int slot = 0; slot < contents.length; slot++) {
            put(contents[slot], slot);
        }
    }

    /** @throws IllegalArgumentException if these owners have another shape or give this rank another number of experts */
    void requireFits(int[][] newOwners) {
        requireOwn(newOwners, inOrder(newOwners));
    }

    private void requireOwn(int[][] newOwners, int[][] contents) {
        boolean same = newOwners.length == owners.length && contents.length == expertOf.length;
        for (int l = 0; same && l < owners.length; l++) {
            same = newOwners[l].length == owners[l].length;
        }
        boolean[][] seen = same ? new boolean[owners.length][owners[0].length] : null;
        for (int slot = 0; same && slot < contents.length; slot++) {
            int layer = contents[slot][0];
            int expert = contents[slot][1];
            same = sharding.keeps(newOwners[layer][expert], rank) && !seen[layer][expert];
            seen[layer][expert] = true;
        }
        if (!same || inOrder(newOwners).length != expertOf.length) {
            throw new IllegalArgumentException("owners do not fit this model and number of ranks: rank " + rank
                    + " has room for " + expertOf.length + " experts of " + owners.length + " layers");
        }
    }

    /** Owners once all moves of a change are made. */
    void ownersAre(int[][] newOwners) {
        owners = copy(newOwners);
    }

    /** Puts an expert into the slot of one that this rank owns no more, and tells where it lies. */
    StateEntry replace(int oldLayer, int oldExpert, int newLayer, int newExpert) {
        int slot = slotOf(oldLayer, oldExpert);
        entries[oldLayer][oldExpert] = null;
        put(new int[] {newLayer, newExpert}, slot);
        return entries[newLayer][newExpert];
    }

    private int slotOf(int layer, int expert) {
        for (int slot = 0; slot < expertOf.length; slot++) {
            if (expertOf[slot][0] == layer && expertOf[slot][1] == expert) {
                return slot;
            }
        }
        throw new IllegalArgumentException("rank " + rank + " does not own " + TrainingState.expertKey(layer, expert));
    }

    private void put(int[] expert, int slot) {
        expertOf[slot] = expert.clone();
        String key = TrainingState.expertKey(expert[0], expert[1]);
        entries[expert[0]][expert[1]] =
                new StateEntry(key, tensors.get(key), part(), regions.get(slot), memory.get(slot));
    }

    private int[][] inOrder(int[][] ofOwners) {
        List<int[]> own = new ArrayList<>();
        for (int l = 0; l < ofOwners.length; l++) {
            for (int e = 0; e < ofOwners[l].length; e++) {
                if (sharding.keeps(ofOwners[l][e], rank)) {
                    own.add(new int[] {l, e});
                }
            }
        }
        return own.toArray(int[][]::new);
    }

    private long countOf(int layer, int expert) {
        return tensors(layer, expert).stream().mapToLong(ParameterSpec::count).sum();
    }

    /** Of any expert, whoever keeps it. */
    List<ParameterSpec> tensors(int layer, int expert) {
        return tensors.getOrDefault(TrainingState.expertKey(layer, expert), List.of());
    }

    /** The same by layer. */
    List<List<List<ParameterSpec>>> tensors() {
        return IntStream.range(0, owners.length)
                .mapToObj(l -> IntStream.range(0, owners[l].length)
                        .mapToObj(e -> tensors(l, e))
                        .toList())
                .toList();
    }

    private static int[][] copy(int[][] rows) {
        int[][] copy = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            copy[i] = rows[i].clone();
        }
        return copy;
    }
}
