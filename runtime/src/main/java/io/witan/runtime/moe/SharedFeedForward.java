package io.witan.runtime.moe;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Shared experts as one dense FFN of their width H together: out += h w2^T with h = gelu(x w1^T), or h = silu(x w1^T) * (x w3^T). That is
 * the sum of as many FFNs of width F.
 */
public final class SharedFeedForward implements SharedExpert {
    private final Kernels kernels;
    private final Activation activation;
    private final int width;
    private final int hidden;
    /** w1, and w3 if there is one: [H, D]. */
    private final List<Parameter> inner;
    /** [D, H]. */
    private final Parameter outer;

    /**
     * @param name as for {@link #declare}
     * @param parameter a declared tensor by name
     */
    public SharedFeedForward(Kernels kernels, MoeConfig config, String name, Function<String, Parameter> parameter) {
        this.kernels = kernels;
        this.activation = config.activation();
        this.width = config.width();
        this.hidden = config.sharedHidden();
        this.inner = innerNames(activation, name).stream().map(parameter).toList();
        this.outer = parameter.apply(outerName(name));
    }

    /**
     * The tensors, dense ones, that of a gate too, in the order in which they are declared; none if none are configured.
     *
     * @param name beginning of theirs
     * @param deviation of initial weights
     * @param outDeviation of those of the last matrix
     */
    public static List<ParameterSpec> declare(MoeConfig config, String name, double deviation, double outDeviation) {
        int hidden = config.sharedHidden();
        if (hidden == 0) {
            return List.of();
        }
        List<ParameterSpec> specs = new ArrayList<>();
        for (String matrix : innerNames(config.activation(), name)) {
            specs.add(ParameterSpec.matrix(matrix, hidden, config.width(), deviation));
        }
        specs.add(ParameterSpec.matrix(outerName(name), config.width(), hidden, outDeviation));
        if (config.sharedGate()) {
            specs.add(ParameterSpec.matrix(gateName(name), 1, config.width(), deviation));
        }
        return specs;
    }

    private static List<String> innerNames(Activation activation, String name) {
        return activation.isGated() ? List.of(name + ".w1", name + ".w3") : List.of(name + ".w1");
    }

    private static String outerName(String name) {
        return name + ".w2";
    }

    /** Name of the gate's vector g, [1, D], of a {@link GatedSharedExpert}. */
    public static String gateName(String name) {
        return name + ".gate";
    }

    @Override
    public Computed forward(MemorySegment x, MemorySegment out, int tokens, Pass pass, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        List<MemorySegment> products = new ArrayList<>();
        for (Parameter w : inner) {
            MemorySegment product = arena.floats((long) tokens * hidden);
            linear().forward(x, w.value(), product, tokens, width, hidden, 0);
            products.add(product);
        }
        MemorySegment h = arena.floats((long) tokens * hidden);
        activate(products, h, (long) tokens * hidden, pass);
        linear().forward(h, outer.value(), out, tokens, hidden, width, 1);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return null;
        }
        return new Hidden(x, products, h, tokens);
    }

    @Override
    public List<Parameter> matrices() {
        return Stream.concat(inner.stream(), Stream.of(outer)).toList();
    }

    /** Where a backward follows, the products become the derivatives of h by them. */
    private void activate(List<MemorySegment> products, MemorySegment h, long count, Pass pass) {
        ActivationKernel kernel = kernels.activation();
        MemorySegment first = products.getFirst();
        MemorySegment last = products.getLast();
        switch (activation) {
            case GELU -> {
                if (pass == Pass.EVALUATE) {
                    kernel.gelu(first, h, count);
                } else {
                    kernel.geluWithSlope(first, h, count);
                }
            }
            case SWIGLU -> {
                if (pass == Pass.EVALUATE) {
                    kernel.swiglu(first, last, h, count);
                } else {
                    kernel.swigluWithSlopes(first, last, h, count);
                }
            }
        }
    }

    private LinearKernel linear() {
        return kernels.linear();
    }

    private final class Hidden implements Computed {
        private final MemorySegment x;
        private final List<MemorySegment> slopes;
        private final MemorySegment h;
        private final int tokens;

        Hidden(MemorySegment x, List<MemorySegment> slopes, MemorySegment h, int tokens) {
            this.x = x;
            this.slopes = slopes;
            this.h = h;
            this.tokens = tokens;
        }

        @Override
        public void backward(MemorySegment dOut, MemorySegment dx, StepArena arena) {
            StepArena.Mark mark = arena.mark();
            long count = (long) tokens * hidden;
            MemorySegment dh = arena.floats(count);
            linear().backwardInput(dOut, outer.value(), dh, tokens, hidden, width, 0);
            if (outer.isTrained()) {
                linear().backwardWeight(dOut, h, outer.gradient(), tokens, hidden, width, 1);
            }
            for (int i = 0; i < inner.size(); i++) {
                MemorySegment d = i == inner.size() - 1 ? dh : arena.floats(count);
                kernels.vector().multiply(dh, slopes.get(i), d, count);
                linear().backwardInput(d, inner.get(i).value(), dx, tokens, width, hidden, 1);
                if (inner.get(i).isTrained()) {
                    linear().backwardWeight(d, x, inner.get(i).gradient(), tokens, width, hidden, 1);
                }
            }
            arena.release(mark);
        }
    }
}
