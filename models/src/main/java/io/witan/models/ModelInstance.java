package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.TrainableModel;
import io.witan.scheduler.placement.OwnerPlacement;
import java.util.List;

/**
 * A model with its memory on one rank, and all that has to be closed with it.
 *
 * @param <B> form of its batches
 * @param <M> the model
 */
final class ModelInstance<B extends Batch<B>, M extends TrainableModel<B>> implements AutoCloseable {
    private final RankRuntime runtime;
    private final List<ParameterSpec> declared;
    private final TrainingState state;
    private final ExpertBuffers buffers;
    private final M model;

    /**
     * @param place this rank's connection, closed with the model, and what it may use
     */
    ModelInstance(ModelFamily<B, M> family, Place place, StateMemory.Factory memory) {
        this(family, place.open(), place, memory);
    }

    /** @param runtime of the place, closed with the model */
    ModelInstance(ModelFamily<B, M> family, RankRuntime runtime, Place place, StateMemory.Factory memory) {
        this.runtime = runtime;
        MoeShape moe = family.moe();
        try {
            this.declared = family.declare(moe.expertSharding());
            int[][] owners = OwnerPlacement.sharded(moe.layers(), moe.experts(), moe.expertSharding(), runtime.size());
            this.state = TrainingState.allocate(declared, owners, place.sharding(), memory, runtime);
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
        try {
            this.buffers = ExpertBuffers.open(runtime, state, moe.layout(), place.relaysPerLayer());
            this.model = family.build(new ModelParts(runtime, state, place.ways(), buffers, place.seed()));
        } catch (RuntimeException | Error e) {
            closeMemory();
            throw e;
        }
    }

    /**
     * What a rank works with.
     *
     * @param compute what it computes with
     * @param sharedBytes most of the node's shared memory for what ranks exchange
     * @param sharding what it keeps of the experts
     * @param ways of tokens to experts
     * @param relaysPerLayer copies of a layer for which a rank that passes them on inside its node keeps buffers
     * @param seed of what gates draw while they learn
     * @param timeline takes up what the rank does
     */
    record Place(
            CommunicatorGroup group,
            Compute compute,
            long sharedBytes,
            Sharding sharding,
            GptMoe.Ways ways,
            int relaysPerLayer,
            long seed,
            Timeline timeline) {
        RankRuntime open() {
            try {
                return RankRuntime.open(group, compute, sharedBytes, timeline);
            } catch (RuntimeException | Error e) {
                group.close();
                throw e;
            }
        }
    }

    RankRuntime runtime() {
        return runtime;
    }

    /** Every tensor of the model. */
    List<ParameterSpec> declared() {
        return declared;
    }

    /** After state was taken up: the layers get its owners. */
    void followOwners() {
        model.moeLayers().forEach(layer -> layer.experts().followOwners());
    }

    TrainingState state() {
        return state;
    }

    M model() {
        return model;
    }

    /** The model, where numbers are to be found that only a decoder's layers tell. */
    Decoder decoder() {
        if (model instanceof Decoder decoder) {
            return decoder;
        }
        throw new IllegalStateException(model.getClass().getSimpleName() + " has no layers that can be timed");
    }

    /** Of a token assignment as ranks exchange it, one way. */
    long assignmentBytes() {
        return model.moeLayers().getFirst().assignmentBytes();
    }

    /** As {@link ExpertBuffers#reserveRelays}, where that was not known at the start. */
    void reserveRelays(int perLayer) {
        buffers.reserveRelays(perLayer);
    }

    /** Where what ranks exchange lies, for people. */
    String exchangeDescription() {
        String memory = runtime.exchange().description();
        return runtime.group().sharesMemory()
                ? memory + (buffers.lends(runtime.rank()) ? "; experts are read in place" : "; experts are copied")
                : memory;
    }

    /** Tells what memory this rank holds. */
    MemoryMeter memory() {
        return new MemoryMeter(runtime, state, buffers);
    }

    @Override
    public void close() {
        closeMemory();
    }

    private void closeMemory() {
        // Communication ends before the memory goes that it may still read.
        try (state;
                runtime) {
            // Closed in reverse.
        }
    }
}
