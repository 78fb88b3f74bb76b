package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.KernelMemory;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateMemory.Region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * All state of one rank: the dense region with its gradients and one region for each expert that the rank owns, or has a slice of. Which experts
 * these are may change between steps, their number does not. Dense tensors with weight decay lie before those without.
 */
public final class TrainingState implements AutoCloseable {
    private static final int SLOTS = 2;

    private final StateMemory memory;
    private final StateEntry dense;
    private final long decayedCount;
    private final MemorySegment denseGradient;
    private final KernelMemory kernelMemory;
    private final MemorySegment kernelGradient;
    /** Dense parameters of the active slot where kernels have a memory of their own; null where they read the slots. */
    private final MemorySegment kernelDense;

    private final Map<String, Parameter> parameters = new HashMap<>();
    private final Sharding sharding;
    private final ExpertSlots experts;
    private TrainedTensors trained;
    private CommitListener listener = (_, _, _) -> {};
    private int activeSlot;
    private long activeStep;
    private long version;
    private long kernelVersion = -1;

    private TrainingState(
            List<ParameterSpec> declared,
            int[][] owners,
            Sharding sharding,
            StateMemory.Factory factory,
            RankRuntime runtime) {
        this.sharding = sharding;
        ExchangeMemory exchange = runtime.exchange();
        List<ParameterSpec> denseTensors = DeclaredTensors.dense(declared);
        this.experts = new ExpertSlots(
                DeclaredTensors.experts(declared),
                owners,
                sharding,
                new ExpertSlots.Place(runtime.rank(), runtime.size()));
        long denseCount = denseTensors.stream().mapToLong(ParameterSpec::count).sum();
        List<Region> sizes = new ArrayList<>();
        addRegions(sizes, RegionKeys.all(RegionKeys.DENSE), denseCount * Float.BYTES, false);
        for (List<String> keys : experts.regionKeys()) {
            addRegions(sizes, keys, experts.regionBytes(), true);
        }
        this.memory = allocated(factory, sizes, runtime);
        try {
            List<String> keys = RegionKeys.all(RegionKeys.DENSE);
            this.dense = new StateEntry(
                    RegionKeys.DENSE, denseTensors, new StateEntry.Part(0, denseCount), keys, slots(keys));
            experts.regionKeys().forEach(of -> experts.add(of, slots(of)));
            this.decayedCount = dense.tensors().stream()
                    .filter(ParameterSpec::decayed)
                    .mapToLong(ParameterSpec::count)
                    .sum();
            this.denseGradient = exchange.allocate(dense.count() * Float.BYTES);
            this.kernelMemory = runtime.kernels().memory();
            this.kernelGradient = kernelMemory.mirror(denseGradient);
            this.kernelDense = kernelMemory.isHost() ? null : kernelMemory.allocate(dense.count() * Float.BYTES);
            addParameters();
            train(_ -> true);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** All ranks have theirs, however long it takes to open, or none goes on. */
    private static StateMemory allocated(StateMemory.Factory factory, List<Region> sizes, RankRuntime runtime) {
        StateMemory[] made = new StateMemory[1];
        try {
            RankMessages.all(runtime, () -> {
                made[0] = factory.allocate(sizes, runtime.exchange());
                return "";
            });
            return made[0];
        } catch (RuntimeException | Error e) {
            if (made[0] != null) {
                made[0].close();
            }
            throw e;
        }
    }

    /**
     * Room for a rank's state with whole experts, all zero.
     *
     * @param declared every tensor of the model, dense and expert
     * @param owners owners[l][e] = rank that owns expert e of MoE layer l
     * @param runtime of the rank, in whose exchange memory the dense gradients lie; outlives the state
     */
    public static TrainingState allocate(
            List<ParameterSpec> declared, int[][] owners, StateMemory.Factory memory, RankRuntime runtime) {
        return allocate(declared, owners, Sharding.WHOLE, memory, runtime);
    }

    /** As {@link #allocate(List, int[][], StateMemory.Factory, RankRuntime)}, with a choice of what a rank keeps of experts. */
    public static TrainingState allocate(
            List<ParameterSpec> declared,
            int[][] owners,
            Sharding sharding,
            StateMemory.Factory memory,
            RankRuntime runtime) {
        return new TrainingState(declared, owners, sharding, memory, runtime);
    }

    /** What this rank keeps of experts. */
    public Sharding sharding() {
        return sharding;
    }

    private static void addRegions(List<Region> regions, List<String> keys, long bytes, boolean lent) {
        for (int part = 0; part < keys.size(); part++) {
            regions.add(new Region(keys.get(part), bytes, lent && part == 0));
        }
    }

    private AdamWKernel.State[] slots(List<String> regions) {
        AdamWKernel.State[] slots = new AdamWKernel.State[SLOTS];
        for (int slot = 0; slot < SLOTS; slot++) {
            slots[slot] = new AdamWKernel.State(
                    memory.segment(regions.get(0), slot),
                    memory.segment(regions.get(1), slot),
                    memory.segment(regions.get(2), slot));
        }
        return slots;
    }

    private void addParameters() {
        long offset = 0;
        for (ParameterSpec spec : dense.tensors()) {
            long bytes = spec.count() * Float.BYTES;
            MemorySegment[] values = new MemorySegment[SLOTS];
            for (int slot = 0; slot < SLOTS; slot++) {
                values[slot] = dense.slot(slot).parameter().asSlice(offset, bytes);
            }
            if (kernelDense != null) {
                Arrays.fill(values, kernelDense.asSlice(offset, bytes));
            }
            parameters.put(spec.name(), new Parameter(spec, this, values, kernelGradient.asSlice(offset, bytes)));
            offset += bytes;
        }
    }

    /** Fills the active slot's parameters with starting values. */
    public void initialize(Initializer initializer) {
        changed();
        for (StateEntry entry : entries()) {
            MemorySegment target = entry.slot(activeSlot).parameter();
            if (entry.isWhole()) {
                fill(entry, initializer, target);
            } else {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment whole = arena.allocate(entry.wholeCount() * Float.BYTES, Long.BYTES);
                    fill(entry, initializer, whole);
                    entry.take(whole, target);
                }
            }
        }
    }

    private static void fill(StateEntry entry, Initializer initializer, MemorySegment whole) {
        long offset = 0;
        for (ParameterSpec spec : entry.tensors()) {
            long bytes = spec.count() * Float.BYTES;
            initializer.fill(spec, whole.asSlice(offset, bytes));
            offset += bytes;
        }
    }

    /** The dense tensor of this name. */
    public Parameter parameter(String name) {
        Parameter found = parameters.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no dense parameter " + name);
        }
        return found;
    }

    /**
     * From now on, between steps, only these tensors are trained; at first all are.
     *
     * @throws IllegalArgumentException if only some tensors of an expert are chosen
     */
    public void train(Predicate<ParameterSpec> chosen) {
        trained = new TrainedTensors(chosen, dense.tensors(), experts.tensors());
        parameters.values().forEach(parameter -> parameter.trained(trained.includes(parameter.spec())));
    }

    /** What is trained now. */
    public TrainedTensors trained() {
        return trained;
    }

    public StateEntry dense() {
        return dense;
    }

    /** Dense parameters with weight decay; they come first in the region. */
    public long decayedCount() {
        return decayedCount;
    }

    /** Gradients of all dense parameters in host memory, flat, as the region lies. */
    public MemorySegment denseGradient() {
        return denseGradient;
    }

    /** The same in the memory of the kernels, which layers add to. */
    public MemorySegment kernelGradient() {
        return kernelGradient;
    }

    /** Brings {@link #kernelGradient} to {@link #denseGradient}, after the last backward of a step. */
    public void fetchGradient() {
        kernelMemory.copyOut(kernelGradient, denseGradient, denseGradient.byteSize());
    }

    /** Says that parameters of the active slot were written, so that kernels with a memory of their own get them anew. */
    public void changed() {
        version++;
    }

    /** Grows whenever parameters of the active slot become others. */
    public long version() {
        return version;
    }

    /** Before kernels read dense parameters: brings them up to date. */
    void refreshKernels() {
        if (kernelDense != null && kernelVersion != version) {
            kernelMemory.copyIn(dense.slot(activeSlot).parameter(), kernelDense, kernelDense.byteSize());
            kernelVersion = version;
        }
    }

    /** Of any expert of the model, whoever keeps it. */
    public List<ParameterSpec> expertTensors(int layer, int expert) {
        return experts.tensors(layer, expert);
    }

    /** The region of an expert, or null if this rank keeps nothing of it. */
    public StateEntry expert(int layer, int expert) {
        return experts.entry(layer, expert);
    }

    public int moeLayerCount() {
        return experts.layerCount();
    }

    /** Bytes of the parameters that are kept of an expert, the same for all. */
    public long expertBytes() {
        return experts.regionBytes();
    }

    /** Owner of each expert, layers x experts; read only. */
    public int[][] owners() {
        return experts.owners();
    }

    /** Layer and expert of each region for experts, in the order of the regions: where recovered state lies. */
    public int[][] expertSlots() {
        return experts.contents();
    }

    /** @throws IllegalArgumentException if this rank would own another number of experts than now, or the shape is another one */
    public void requireFits(int[][] owners) {
        experts.requireFits(owners);
    }

    /**
     * Takes up other owners before state is loaded: what the experts' regions hold is then undefined. Layers have to follow.
     *
     * @throws IllegalArgumentException if a rank would own another number of experts than now
     */
    public void own(int[][] owners) {
        experts.own(owners);
        changed();
    }

    /**
     * Puts an expert that has come from another rank into the active slot of a region whose expert has gone. Nobody may still read
     * it. Update counts do not travel: the caller sets them.
     *
     * @param gone layer and expert that this rank owned
     * @param come layer and expert that it owns from now on
     * @param received of the one that has come; copied
     * @return where it lies
     */
    public StateEntry replace(int[] gone, int[] come, AdamWKernel.State received) {
        StateEntry entry = experts.replace(gone[0], gone[1], come[0], come[1]);
        entry.fill(activeSlot, received);
        EntryChecksums checksums = checksums(entry, activeSlot);
        checksums.add(0, entry.count());
        checksums.tell(memory, activeSlot);
        changed();
        return entry;
    }

    /** Says who owns what now, after every {@link #replace} of a change on this rank. Layers have to follow. */
    public void ownersAre(int[][] owners) {
        experts.ownersAre(owners);
    }

    /** Dense region first, then owned experts by layer and expert. */
    public List<StateEntry> entries() {
        List<StateEntry> all = new ArrayList<>();
        all.add(dense);
        all.addAll(experts.all());
        return all;
    }

    /** The slot that holds the newest completed step. */
    public int activeSlot() {
        return activeSlot;
    }

    /** The slot that the optimizer writes. */
    public int nextSlot() {
        return memory.slotCount() == 1 ? activeSlot : 1 - activeSlot;
    }

    /** For what is about to be written to the next slot of an entry. */
    public EntryChecksums checksums(StateEntry entry) {
        return checksums(entry, nextSlot());
    }

    private EntryChecksums checksums(StateEntry entry, int slot) {
        return keepsCommits() ? EntryChecksums.of(entry, entry.slot(slot)) : EntryChecksums.none(entry);
    }

    /** Says that the next slot of an entry is written, with checksums of all of it: else an {@link IllegalStateException}. */
    public void written(StateEntry entry, EntryChecksums checksums) {
        checksums.requireAll();
        checksums.tell(memory, nextSlot());
    }

    /** Carries an entry without an update over to the next slot. */
    public void keep(StateEntry entry) {
        EntryChecksums checksums = checksums(entry);
        keep(entry, 0, entry.count(), checksums);
        written(entry, checksums);
    }

    /** The same with elements from.. of an entry; checksums of them are added to those given. */
    public void keep(StateEntry entry, long from, long count, EntryChecksums checksums) {
        entry.copySlot(activeSlot, nextSlot(), from, count, checksums);
    }

    /** Makes the next slot the active one, after every entry was updated or kept. */
    public void flip() {
        activeSlot = nextSlot();
        changed();
    }

    /**
     * Takes up the slot in which recovered state lies. Layers have to follow.
     *
     * @param owners owner of each expert in that state
     * @param contents as {@link #expertSlots} told when it was committed
     * @throws IllegalArgumentException if they do not fit each other or this rank
     */
    public void activate(int slot, int[][] owners, int[][] contents) {
        experts.own(owners, contents);
        activeSlot = slot;
        changed();
    }

    /** Step that runs now, for messages; 0 before the first. */
    public long activeStep() {
        return activeStep;
    }

    public void activeStep(long step) {
        activeStep = step;
    }

    /** True if {@link #commit} keeps anything. */
    public boolean keepsCommits() {
        return memory.keepsCommits();
    }

    /** As {@link StateMemory#holdsStep}. */
    public boolean holdsStep() {
        return memory.holdsStep();
    }

    /** From now on this one hears of commits. */
    public void whenCommitted(CommitListener heard) {
        listener = heard;
    }

    /** Declares the active slot, after a completed step, worth keeping. */
    public void commit(long step, byte[] engineState) {
        memory.commit(step, activeSlot, engineState);
        listener.committed(step, activeSlot, engineState);
    }

    /** Bytes of parameters, in all slots. */
    public long parameterBytes() {
        long count = entries().stream().mapToLong(StateEntry::count).sum();
        return count * Float.BYTES * memory.slotCount();
    }

    /** Bytes of both moments, in all slots. */
    public long momentBytes() {
        return 2 * parameterBytes();
    }

    /** Bytes of the dense gradients; those of experts lie in buffers. */
    public long gradientBytes() {
        return denseGradient.byteSize();
    }

    @Override
    public void close() {
        try (memory) {
            kernelMemory.freeMirror(kernelGradient, denseGradient);
            if (kernelDense != null) {
                kernelMemory.free(kernelDense);
            }
        }
    }

    /** Key of an expert's region: {@code L00.E003}. */
    public static String expertKey(int layer, int expert) {
        return "L%02d.E%03d".formatted(layer, expert);
    }
}
