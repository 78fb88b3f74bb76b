package io.witan.models.family;

import io.witan.models.gpt.GptMoe;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.state.TrainingState;

/**
 * What a model is built on.
 *
 * @param state every tensor of it
 * @param ways of tokens to experts; its sharding is that of the declared tensors
 * @param buffers for copies and gradients of experts
 * @param seed of what gates draw
 */
public record ModelParts(
        RankRuntime runtime, TrainingState state, GptMoe.Ways ways, ExpertBuffers buffers, long seed) {}
