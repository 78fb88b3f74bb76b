package io.witan.runtime.moe.gate;

import io.witan.kernels.LinearKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** h = x W^T. */
final class LinearLogits implements Logits {
    private final LinearKernel linear;
    private final Parameter router;
    private final int experts;
    private final int width;

    /** @param router [E, D] */
    LinearLogits(LinearKernel linear, Parameter router) {
        this.linear = linear;
        this.router = router;
        this.experts = Math.toIntExact(router.spec().shape()[0]);
        this.width = Math.toIntExact(router.spec().shape()[1]);
    }

    @Override
    public List<Parameter> matrices() {
        return List.of(router);
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        MemorySegment logits = arena.floats((long) tokens * experts);
        linear.forward(x, router.value(), logits, tokens, width, experts, 0);
        return new Linear(x, logits, tokens);
    }

    private final class Linear implements Projected {
        private final MemorySegment x;
        private final MemorySegment logits;
        private final int tokens;

        Linear(MemorySegment x, MemorySegment logits, int tokens) {
            this.x = x;
            this.logits = logits;
            this.tokens = tokens;
        }

        @Override
        public MemorySegment values() {
            return logits;
        }

        @Override
        public void backward(MemorySegment dLogits, MemorySegment dx, float beta) {
            linear.backwardInput(dLogits, router.value(), dx, tokens, width, experts, beta);
            if (router.isTrained()) {
                linear.backwardWeight(dLogits, x, router.gradient(), tokens, width, experts, 1);
            }
        }
    }
}
