package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One region of training state: parameters and both Adam moments, equally long, in two slots. */
public final class StateEntry {
    private final String key;
    private final long count;
    private final List<ParameterSpec> tensors;
    private final List<String> regions;
    private final AdamWKernel.State[] slots;
    private long updates;

    StateEntry(String key, List<ParameterSpec> tensors, List<String> regions, AdamWKernel.State[] slots) {
        this.key = key;
        this.tensors = List.copyOf(tensors);
        this.regions = regions;
        this.slots = slots;
        this.count = tensors.stream().mapToLong(ParameterSpec::count).sum();
    }

    public String key() {
        return key;
    }

    /** Parameters in the region. */
    public long count() {
        return count;
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

    /** Carries a region that gets no update over to the other slot. */
    void copySlot(int from, int to) {
        if (slots[from].parameter().address() != slots[to].parameter().address()) {
            fill(to, slots[from]);
        }
    }

    /** Overwrites a slot. */
    void fill(int slot, AdamWKernel.State source) {
        AdamWKernel.State target = slots[slot];
        MemorySegment.copy(source.parameter(), 0, target.parameter(), 0, count * Float.BYTES);
        MemorySegment.copy(source.firstMoment(), 0, target.firstMoment(), 0, count * Float.BYTES);
        MemorySegment.copy(source.secondMoment(), 0, target.secondMoment(), 0, count * Float.BYTES);
    }
}
