package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One region of training state: parameters and both Adam moments, equally long, in two slots. Tensors lie one behind the other; a region
 * has all of them, or a part.
 */
public final class StateEntry {
    /** Elements whose regions stay in a core's cache together. */
    private static final long COPIED_TOGETHER = 1 << 15;

    private final String key;
    private final Part part;
    private final long wholeCount;
    private final long decayedCount;
    private final List<ParameterSpec> tensors;
    private final List<String> regions;
    private final AdamWKernel.State[] slots;
    private long updates;

    /**
     * Elements begin .. begin + count - 1 of the tensors; those behind the last one are filling.
     *
     * @param begin of the first
     */
    record Part(long begin, long count) {}

    StateEntry(String key, List<ParameterSpec> tensors, Part part, List<String> regions, AdamWKernel.State[] slots) {
        this.key = key;
        this.tensors = List.copyOf(tensors);
        this.regions = regions;
        this.slots = slots;
        this.part = part;
        this.wholeCount = tensors.stream().mapToLong(ParameterSpec::count).sum();
        long decayed = tensors.stream()
                .filter(ParameterSpec::decayed)
                .mapToLong(ParameterSpec::count)
                .sum();
        this.decayedCount = decayed == wholeCount ? part.count : Math.clamp(decayed - part.begin, 0, part.count);
    }

    public String key() {
        return key;
    }

    /** Parameters in the region, filling included. */
    public long count() {
        return part.count;
    }

    /** So many parameters of the region, from the first, have weight decay, if tensors with it lie first. */
    public long decayedCount() {
        return decayedCount;
    }

    /** Parameters of all tensors. */
    public long wholeCount() {
        return wholeCount;
    }

    /** True if the region has the tensors from first to last, and nothing else. */
    public boolean isWhole() {
        return part.begin == 0 && part.count == wholeCount;
    }

    /**
     * Copies the region's part of the tensors, and fills up with zeroes.
     *
     * @param whole all tensors, one behind the other; fp32
     * @param target parameters or moments of a slot
     */
    public void take(MemorySegment whole, MemorySegment target) {
        long there = Math.clamp(wholeCount - part.begin, 0, part.count);
        MemorySegment.copy(whole, Math.min(part.begin, wholeCount) * Float.BYTES, target, 0, there * Float.BYTES);
        target.asSlice(there * Float.BYTES, (part.count - there) * Float.BYTES).fill((byte) 0);
    }

    /** The tensors in the order in which they lie, without gaps. */
    public List<ParameterSpec> tensors() {
        return tensors;
    }

    /** Keys of the memory of parameters, first and second moments. */
    List<String> regions() {
        return regions;
    }

    public AdamWKernel.State slot(int slot) {
        return slots[slot];
    }

    /** Adam updates applied so far; the bias correction counts from it. */
    public long updates() {
        return updates;
    }

    public void updates(long applied) {
        this.updates = applied;
    }

    /**
     * Carries elements begin .. begin + count - 1, which get no update, over to the other slot.
     *
     * @param checksums which are added to, while what was copied is in cache
     */
    void copySlot(int from, int to, long begin, long count, EntryChecksums checksums) {
        boolean apart =
                slots[from].parameter().address() != slots[to].parameter().address();
        for (long at = begin; at < begin + count; at += COPIED_TOGETHER) {
            long piece = Math.min(COPIED_TOGETHER, begin + count - at);
            if (apart) {
                copy(slots[from], slots[to], at, piece);
            }
            checksums.add(at, piece);
        }
    }

    /** Overwrites a slot. */
    void fill(int slot, AdamWKernel.State source) {
        copy(source, slots[slot], 0, part.count);
    }

    private static void copy(AdamWKernel.State from, AdamWKernel.State to, long begin, long count) {
        long offset = begin * Float.BYTES;
        long bytes = count * Float.BYTES;
        MemorySegment.copy(from.parameter(), offset, to.parameter(), offset, bytes);
        MemorySegment.copy(from.firstMoment(), offset, to.firstMoment(), offset, bytes);
        MemorySegment.copy(from.secondMoment(), offset, to.secondMoment(), offset, bytes);
    }
}
