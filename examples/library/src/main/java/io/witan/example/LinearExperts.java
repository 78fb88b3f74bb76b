package io.witan.example;

import io.witan.kernels.GroupedLinearKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Experts of one's own: y = x W^T, one matrix W [D, D] each. */
public record LinearExperts(GroupedLinearKernel linear, int width) implements ExpertNetwork, ExpertLayout {
    @Override
    public long chunkBytes() {
        return (long) width * width * Float.BYTES;
    }

    @Override
    public List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation) {
        return List.of(ParameterSpec.expert(prefix + ".w", width, width, outDeviation, layer, expert));
    }

    @Override
    public Computed forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
        linear.forward(x, offsets, weights, y, width, width);
        return (held, dy, dx, _) -> {
            linear.backwardInput(dy, offsets, held, dx, width, width, 0);
            return gradients ->
                    linear.backwardWeight(dy, offsets, x, gradients.weights(), width, width, gradients.beta());
        };
    }
}
