package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * The experts of one layer as this rank holds them. A step runs {@link #begin}, then for each micro-batch {@link #beginMaterialise}, {@link
 * #widen}, {@link #awaitMaterialised}, {@link #endForward}, the same for backward with {@link #endBackward} at its end, after the last one
 * {@link #beginReduce}, {@link #awaitReduced}, the optimizer, {@link #release}.
 */
public final class LayerExperts {
    private final int layer;
    private final TrainingState state;
    private final Communicator lane;
    private final Timeline timeline;
    private Placement owners;
    private final ExpertShards shards;
    private final ExpertCopies copies;
    private final ExpertGradients gradients;
    private final KernelWeights kernelWeights;
    /** Of the running step; null between steps. */
    private LayerPlan plan;
    /** Of the running step, with all that was added to it. */
    private TransferPlan transfer;

    private long begunStep;

    /**
     * @param owner owner[e] = rank that owns expert e of this layer
     * @param lane parameter lane of this rank
     */
    public LayerExperts(
            int layer,
            ExpertLayout layout,
            int[] owner,
            TrainingState state,
            ExpertBuffers buffers,
            Communicator lane) {
        this.layer = layer;
        this.state = state;
        this.lane = lane;
        this.timeline = buffers.timeline();
        this.owners = Placement.ofOwners(owner, lane.size());
        this.shards = buffers.shards(lane, owner.length);
        this.copies = new ExpertCopies(buffers, lane, shards, owner.length, layout.chunkBytes());
        this.gradients = new ExpertGradients(buffers, layer, lane.rank(), shards, owner.length);
        this.kernelWeights = new KernelWeights(buffers.kernelExperts(), owner.length);
        pointAtOwned();
    }

    /** Number of the MoE layer, from 0. */
    public int layer() {
        return layer;
    }

    /** Whether any expert is trained; if not, no gradients are computed and {@link #beginReduce} does nothing. */
    public boolean isTrained() {
        return state.trained().includesExpertOf(layer);
    }

    /** Owners, without copies. */
    public Placement owners() {
        return owners;
    }

    /**
     * Takes up the owners that the state has now, between steps: experts that have gone are shown no more, those that have come are.
     *
     * @throws IllegalStateException if a step is under way
     */
    public void followOwners() {
        if (plan != null) {
            throw new IllegalStateException(
                    "step " + state.activeStep() + " layer " + layer + ": owners change before the step was released");
        }
        Placement now = Placement.ofOwners(state.owners()[layer], lane.size());
        for (int e = 0; e < now.expertCount(); e++) {
            if (owners.owner(e) == lane.rank() && now.owner(e) != lane.rank()) {
                copies.own(e, null);
                kernelWeights.release(e);
            }
        }
        owners = now;
        pointAtOwned();
    }

    /** Who can compute which expert now: owners, and the copies of the step while one runs. */
    public Placement placement() {
        return plan == null ? owners : transfer.wide();
    }

    /** As {@link #begin(LayerPlan)}, with copies that stay for the step. */
    public void begin(TransferPlan stepPlan) {
        begin(LayerPlan.keeping(stepPlan));
    }

    /**
     * Takes up the step's plan.
     *
     * @throws IllegalStateException if the last step was not released: an operation on its buffers may still be under way
     */
    public void begin(LayerPlan stepPlan) {
        if (plan != null) {
            throw new IllegalStateException("step " + state.activeStep() + " layer " + layer + ": begins before step "
                    + begunStep + " of this layer was released");
        }
        plan = stepPlan;
        transfer = stepPlan.transfer();
        begunStep = state.activeStep();
        dropCopies(); // of evaluations since the last step
        pointAtOwned();
    }

    /** Names the running step and this layer in the messages of operations that start on a lane from here on. */
    public void mark(Communicator communicator) {
        communicator.mark(state.activeStep(), layer);
    }

    /**
     * Starts the SparseAllGather, if the copies are not here or on their way. Outside a step there are none, but where ranks have slices
     * owners put their experts together.
     */
    public void beginMaterialise() {
        if (plan != null && !copies.isGathered()) {
            gather(transfer);
        } else if (plan == null && !shards.isWhole() && !copies.isGathered()) {
            mark(lane);
            copies.gather(HierarchicalTransferPlanner.plan(lane.topology(), owners, owners, null), false);
        }
    }

    /**
     * Copies that come again may not lie where a peer reads them: nobody would know when the reader is done with the first ones.
     */
    private void gather(TransferPlan wanted) {
        mark(lane);
        long begin = timeline.begin();
        copies.gather(wanted, plan.keeps() || !ExpertBuffers.hasRelays(wanted));
        timeline.end(Span.SUBMIT, layer, Timeline.NONE, begin);
    }

    /**
     * Asks, where the plan says so, for further copies and starts to gather them from the owners. The step goes on with the wider
     * placement. All ranks call it together, in a forward that is no repetition.
     *
     * @param counts counts[s][e] = assignments of rank s to expert e in this micro-batch; read only
     */
    public void widen(int[][] counts) {
        if (plan == null || plan.afterGate().isEmpty()) {
            return;
        }
        Placement wide = transfer.wide();
        Placement wider = plan.afterGate().get().widen(wide, counts);
        if (wider.equals(wide)) {
            return;
        }
        if (!wider.contains(wide)) {
            throw new IllegalStateException("step " + state.activeStep() + " layer " + layer
                    + ": the placement after the gate must contain the one before, " + wide + ", got " + wider);
        }
        Placement added = added(wide, wider);
        gather(HierarchicalTransferPlanner.plan(lane.topology(), owners, added, plan.load()));
        transfer = HierarchicalTransferPlanner.plan(lane.topology(), owners, wider, plan.load());
    }

    /** The owners, with the copies of one placement that another lacks. */
    private Placement added(Placement wide, Placement wider) {
        int[][] extra = new int[wide.expertCount()][];
        for (int e = 0; e < extra.length; e++) {
            int expert = e;
            extra[e] = IntStream.of(wider.holders(e))
                    .filter(rank -> !wide.holds(rank, expert))
                    .toArray();
        }
        return owners.with(extra);
    }

    /**
     * Waits until the copies are there. Those that are read in place stay what they are until this rank has started the
     * reduction: the source's rank ends its own only after it has got the gradients of all who hold its expert, and changes or
     * frees the expert after that. So no reader may look at them after {@link #beginReduce}.
     */
    public void awaitMaterialised() {
        copies.await(layer);
        MemorySegment[] values = copies.values();
        for (int e = 0; e < values.length; e++) {
            if (values[e] != null) {
                kernelWeights.bring(e, values[e], state.version());
            }
        }
    }

    /** Parameters of each expert as kernels take them, since {@link #awaitMaterialised}; null of one that is not held. */
    public MemorySegment[] weights() {
        return kernelWeights.views();
    }

    /** The layer's forward is over and its backward is not next: copies that do not stay are freed. */
    public void endForward() {
        if (plan == null || !plan.keeps()) {
            dropCopies();
        }
    }

    /** The layer's backward is over: copies are freed if they do not stay, or no micro-batch follows. */
    public void endBackward(StepContext context) {
        if (!plan.keeps() || context.isLastMicroBatch()) {
            dropCopies();
        }
    }

    private void dropCopies() {
        copies.copied().stream().forEach(kernelWeights::release);
        copies.drop();
    }

    /**
     * Gradients of each held expert, undefined until a backward has written them; see {@link #takeGradientBeta}. They are there from
     * the step's first call until {@link #beginReduce}: one layer's at a time if a step has one micro-batch, else all layers'.
     */
    public MemorySegment[] weightGradients() {
        if (plan != null) {
            gradients.acquire(transfer.wide());
        }
        return gradients.views();
    }

    /** Factor on the gradients' contents for the backward that comes now: 0 for the first of a step, 1 after that. */
    public float takeGradientBeta() {
        return gradients.takeBeta();
    }

    /** Starts the SparseReduceScatter of the gradients, after at least one backward of the step; nothing if all experts are frozen. */
    public void beginReduce() {
        if (!isTrained()) {
            return;
        }
        if (!gradients.isWritten()) {
            throw new IllegalStateException("step " + state.activeStep() + " layer " + layer
                    + ": the reduction begins before a backward has written the gradients");
        }
        mark(lane);
        long begin = timeline.begin();
        gradients.beginReduce(transfer);
        timeline.end(Span.SUBMIT, layer, Timeline.NONE, begin);
    }

    /** Waits until owners have the sums, if the step had a backward here. */
    public void awaitReduced() {
        if (hasGradients()) {
            gradients.awaitReduced();
        }
    }

    /** False if no backward of the step wrote any: the model did not come here, or all experts are frozen. */
    public boolean hasGradients() {
        return gradients.isWritten();
    }

    /** The summed gradient of an expert that this rank owns, after {@link #awaitReduced}, if there are any. */
    public MemorySegment gradient(int expert) {
        return gradients.of(expert);
    }

    /**
     * Ends the step, wherever it stands: frees copies and gradients. No operation on them may be under way, and every rank must have
     * started the reduction if one has.
     */
    public void release() {
        gradients.release();
        dropCopies();
        copies.free();
        plan = null;
        transfer = null;
        pointAtOwned();
    }

    private void pointAtOwned() {
        for (int e = 0; e < owners.expertCount(); e++) {
            StateEntry kept = state.expert(layer, e);
            if (kept != null) {
                copies.own(e, kept.slot(state.activeSlot()).parameter());
            }
        }
    }
}
