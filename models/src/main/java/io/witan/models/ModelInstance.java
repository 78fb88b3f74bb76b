package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.placement.OwnerPlacement;
import java.util.List;

/** A model with its memory on one rank, and all that has to be closed with it. */
final class ModelInstance implements AutoCloseable {
    private final RankRuntime runtime;
    private final int vocabulary;
    private final List<ParameterSpec> declared;
    private final TrainingState state;
    private final ExpertBuffers buffers;
    private final Decoder decoder;

    /**
     * @param place this rank's connection, closed with the model, and what it may use
     */
    ModelInstance(GptMoeConfig config, int vocabulary, Place place, StateMemory.Factory memory) {
        this.runtime = place.open();
        MoeConfig moe = config.moe().withExpertSharding(place.ways().expertSharding());
        try {
            this.vocabulary = vocabulary;
            this.declared = GptMoeTensors.declare(config, vocabulary, moe.expertSharding());
            int[][] owners =
                    OwnerPlacement.sharded(config.layers(), config.experts(), moe.expertSharding(), runtime.size());
            this.state = TrainingState.allocate(declared, owners, place.sharding(), memory, runtime);
        } catch (RuntimeException | Error e) {
            runtime.close();
            throw e;
        }
        try {
            this.buffers = ExpertBuffers.open(runtime, state, moe.expertLayout(), place.relaysPerLayer());
            this.decoder = GptMoe.build(runtime, config, state, place.ways(), buffers, place.seed());
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
        private RankRuntime open() {
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
        decoder.moeLayers().forEach(layer -> layer.experts().followOwners());
    }

    TrainingState state() {
        return state;
    }

    Decoder decoder() {
        return decoder;
    }

    int vocabulary() {
        return vocabulary;
    }

    /** Of a token assignment as ranks exchange it, one way. */
    long assignmentBytes() {
        return decoder.moeLayers().getFirst().assignmentBytes();
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
