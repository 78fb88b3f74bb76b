package io.witan.example;

import io.witan.kernels.LinearKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Experts of one's own: y = x W^T, one matrix W [D, D] each. */
public record LinearExperts(LinearKernel linear, int width) implements ExpertNetwork, ExpertLayout {
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
        for (int e = 0; e < weights.length; e++) {
            int rows = offsets[e + 1] - offsets[e];
            if (rows > 0) {
                linear.forward(rows(x, offsets, e), weights[e], rows(y, offsets, e), rows, width, width, 0);
            }
        }
        return (held, dy, dx, _) -> {
            for (int e = 0; e < held.length; e++) {
                int rows = offsets[e + 1] - offsets[e];
                if (rows > 0) {
                    linear.backwardInput(rows(dy, offsets, e), held[e], rows(dx, offsets, e), rows, width, width, 0);
                }
            }
            return gradients -> addWeights(x, dy, offsets, gradients);
        };
    }

    private void addWeights(MemorySegment x, MemorySegment dy, int[] offsets, Gradients gradients) {
        for (int e = 0; e < gradients.weights().length; e++) {
            MemorySegment dw = gradients.weights()[e];
            if (dw != null) {
                int rows = offsets[e + 1] - offsets[e];
                linear.backwardWeight(
                        rows(dy, offsets, e), rows(x, offsets, e), dw, rows, width, width, gradients.beta());
            }
        }
    }

    private MemorySegment rows(MemorySegment all, int[] offsets, int e) {
        long rowBytes = (long) width * Float.BYTES;
        return all.asSlice(offsets[e] * rowBytes, (offsets[e + 1] - offsets[e]) * rowBytes);
    }
}
