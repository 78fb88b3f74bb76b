package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;

/**
 * The experts of one layer as this rank holds them: owned ones in the training state, copies where a rank of this node has
 * them or in pooled buffers, a gradient buffer for each. A step runs {@link #begin}, {@link #beginMaterialise}, {@link #awaitMaterialised}, backward,
 * {@link #beginReduce}, {@link #awaitReduced}, the optimizer, {@link #release}.
 */
public final class LayerExperts {
    private final int layer;
    private final ExpertLayout layout;
    private final TrainingState state;
    private final ExpertBuffers buffers;
    private final Communicator lane;
    private Placement owners;
    private final MemorySegment[] values;
    private final MemorySegment[] gradients;
    /** Pooled buffers of copies; null for a copy that is read in place. */
    private final MemorySegment[] copies;

    private final KernelWeights kernelWeights;
    private final KernelGradients kernelGradients;
    /** Of the running step; null between steps. */
    private TransferPlan plan;

    private long begunStep;
    private boolean inPlace;
    private boolean gradientsWritten;
    private Handle gather;
    private Handle reduce;

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
        this.layout = layout;
        this.state = state;
        this.buffers = buffers;
        this.lane = lane;
        this.owners = Placement.ofOwners(owner, lane.size());
        this.values = new MemorySegment[owner.length];
        this.gradients = new MemorySegment[owner.length];
        this.copies = new MemorySegment[owner.length];
        this.kernelWeights = new KernelWeights(buffers.kernelExperts(), owner.length);
        this.kernelGradients = new KernelGradients(buffers.kernelExperts(), owner.length);
        pointAtOwned();
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
        for (int e = 0; e < values.length; e++) {
            if (owners.owner(e) == lane.rank() && now.owner(e) != lane.rank()) {
                values[e] = null;
                kernelWeights.release(e);
            }
        }
        owners = now;
        pointAtOwned();
    }

    /** Who can compute which expert now: owners, and the planned copies while a step runs. */
    public Placement placement() {
        return plan == null ? owners : plan.wide();
    }

    /**
     * Takes up the step's plan: buffers for copies that are not read in place, and gradients for everything held, which the
     * step's first backward overwrites.
     *
     * @throws IllegalStateException if the last step was not released: an operation on its buffers may still be under way
     */
    public void begin(TransferPlan stepPlan) {
        if (plan != null) {
            throw new IllegalStateException("step " + state.activeStep() + " layer " + layer + ": begins before step "
                    + begunStep + " of this layer was released");
        }
        plan = stepPlan;
        begunStep = state.activeStep();
        inPlace = buffers.readsInPlace(plan);
        gradientsWritten = false;
        pointAtOwned();
        for (int e : plan.wide().heldBy(lane.rank())) {
            if (owners.owner(e) != lane.rank() && !(inPlace && lane.readsInPlace(plan, e))) {
                copies[e] = copyPool(e).acquire();
                values[e] = copies[e];
            }
            gradients[e] = buffers.gradients().acquire();
        }
    }

    /** Names the running step and this layer in the messages of operations that start on a lane from here on. */
    public void mark(Communicator communicator) {
        communicator.mark(state.activeStep(), layer);
    }

    /** Starts the SparseAllGather, once a step; later calls do nothing. */
    public void beginMaterialise() {
        if (plan != null && gather == null) {
            mark(lane);
            gather = inPlace
                    ? lane.sparseAllGatherInPlace(plan, values, layout.chunkBytes())
                    : lane.sparseAllGather(plan, values, layout.chunkBytes());
        }
    }

    /**
     * Waits until the copies are there. Those that are read in place stay what they are until this rank has started the
     * reduction: the source's rank ends its own only after it has got the gradients of all who hold its expert, and changes or
     * frees the expert after that. So no reader may look at them after {@link #beginReduce}.
     */
    public void awaitMaterialised() {
        if (gather != null) {
            gather.await();
        }
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

    /**
     * Gradients of each held expert, undefined until a backward has written them; see {@link #takeGradientBeta}. They are there from
     * the step's first call until {@link #beginReduce}, so that those of layers whose backward is over take no room on a device.
     */
    public MemorySegment[] weightGradients() {
        for (int e = 0; e < gradients.length; e++) {
            if (gradients[e] != null) {
                kernelGradients.open(e, gradients[e]);
            }
        }
        return kernelGradients.views();
    }

    /** Factor on the gradients' contents for the backward that comes now: 0 for the first of a step, 1 after that. */
    public float takeGradientBeta() {
        float beta = gradientsWritten ? 1 : 0;
        gradientsWritten = true;
        return beta;
    }

    /** Starts the SparseReduceScatter of the gradients, after at least one backward of the step. */
    public void beginReduce() {
        if (!gradientsWritten) {
            throw new IllegalStateException("step " + state.activeStep() + " layer " + layer
                    + ": the reduction begins before a backward has written the gradients");
        }
        for (int e = 0; e < gradients.length; e++) {
            if (gradients[e] != null) {
                kernelGradients.fetch(e, gradients[e]);
                kernelGradients.release(e);
            }
        }
        mark(lane);
        reduce = lane.sparseReduceScatter(plan, gradients, layout.chunkBytes());
    }

    /** Waits until owners have the sums. */
    public void awaitReduced() {
        reduce.await();
    }

    /** The summed gradient of an expert that this rank owns, after {@link #awaitReduced}. */
    public MemorySegment gradient(int expert) {
        return gradients[expert];
    }

    /** Ends the step, wherever it stands: frees copies and gradients. No operation on them may be under way. */
    public void release() {
        for (int e = 0; e < values.length; e++) {
            if (gradients[e] != null) {
                buffers.gradients().release(gradients[e]);
                gradients[e] = null;
                kernelGradients.release(e);
            }
            if (copies[e] != null) {
                copyPool(e).release(copies[e]);
                copies[e] = null;
            }
            if (owners.owner(e) != lane.rank()) {
                values[e] = null;
                kernelWeights.release(e);
            }
        }
        plan = null;
        gather = null;
        reduce = null;
        pointAtOwned();
    }

    private ChunkPool copyPool(int expert) {
        for (Transfer hop : plan.interNode()) {
            if (hop.chunk() == expert && hop.target() == lane.rank()) {
                return buffers.relayed();
            }
        }
        return buffers.copies();
    }

    private void pointAtOwned() {
        for (int e = 0; e < values.length; e++) {
            if (owners.owner(e) == lane.rank()) {
                values[e] = state.expert(layer, e).slot(state.activeSlot()).parameter();
            }
        }
    }
}
