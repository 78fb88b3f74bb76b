package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * X-MoE (Chi et al. 2022, section 3): h = exp(min(tau, ln 100)) q^ e^T. q = x P^T + b is the token in few dimensions C, e are the experts
 * there; q^ and e^ have length 1, so that experts do not draw tokens by their length. tau is learnt.
 */
final class CosineLogits implements Logits {
    private static final double LARGEST = StrictMath.log(100);
    /** A shorter vector is divided by this. */
    private static final double LEAST_LENGTH = 1e-12;

    private final LinearKernel linear;
    private final VectorKernel vector;
    private final Parameters parameters;
    private final int width;
    private final int low;
    private final int experts;

    /**
     * @param projection P [C, D]
     * @param bias b [C]
     * @param experts e [E, C]
     * @param temperature tau [1]
     */
    record Parameters(Parameter projection, Parameter bias, Parameter experts, Parameter temperature) {}

    CosineLogits(Kernels kernels, Parameters parameters) {
        this.linear = kernels.linear();
        this.vector = kernels.vector();
        this.parameters = parameters;
        this.low = Math.toIntExact(parameters.projection.spec().shape()[0]);
        this.width = Math.toIntExact(parameters.projection.spec().shape()[1]);
        this.experts = Math.toIntExact(parameters.experts.spec().shape()[0]);
    }

    @Override
    public List<Parameter> matrices() {
        return List.of(parameters.projection, parameters.experts);
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        MemorySegment q = arena.floats((long) tokens * low);
        linear.forward(x, parameters.projection.value(), q, tokens, width, low, 0);
        MemorySegment bias = arena.toHost(parameters.bias.value());
        Unit tokenRows = unit(arena.toHost(q), bias, tokens, arena);
        Unit expertRows = unit(arena.toHost(parameters.experts.value()), null, experts, arena);
        MemorySegment h = arena.floats((long) tokens * experts);
        linear.forward(tokenRows.rows, expertRows.rows, h, tokens, low, experts, 0);
        MemorySegment values = scaled(arena.toHost(h), scale(arena), tokens, arena);
        return new Cosine(x, tokenRows, expertRows, arena.toKernels(values), tokens, arena);
    }

    /** Rows [n, C] of length 1, where kernels work, and the lengths that they had. */
    private record Unit(MemorySegment rows, double[] length) {}

    private Unit unit(MemorySegment from, MemorySegment bias, int count, StepArena arena) {
        MemorySegment rows = arena.hostBytes((long) count * low * Float.BYTES);
        double[] length = new double[count];
        for (int i = 0; i < count; i++) {
            double squares = 0;
            for (int c = 0; c < low; c++) {
                double value = value(from, bias, i, c);
                squares += value * value;
            }
            length[i] = Math.max(LEAST_LENGTH, Math.sqrt(squares));
            for (int c = 0; c < low; c++) {
                rows.setAtIndex(JAVA_FLOAT, (long) i * low + c, (float) (value(from, bias, i, c) / length[i]));
            }
        }
        return new Unit(arena.toKernels(rows), length);
    }

    private double value(MemorySegment rows, MemorySegment bias, int i, int c) {
        double value = rows.getAtIndex(JAVA_FLOAT, (long) i * low + c);
        return bias == null ? value : value + bias.getAtIndex(JAVA_FLOAT, c);
    }

    private double temperature(StepArena arena) {
        return arena.toHost(parameters.temperature.value()).getAtIndex(JAVA_FLOAT, 0);
    }

    private double scale(StepArena arena) {
        return StrictMath.exp(Math.min(temperature(arena), LARGEST));
    }

    /** [n, E] times a number, in host memory. */
    private MemorySegment scaled(MemorySegment from, double factor, int count, StepArena arena) {
        MemorySegment to = arena.hostBytes((long) count * experts * Float.BYTES);
        for (long i = 0; i < (long) count * experts; i++) {
            to.setAtIndex(JAVA_FLOAT, i, (float) (factor * from.getAtIndex(JAVA_FLOAT, i)));
        }
        return to;
    }

    private final class Cosine implements Projected {
        private final MemorySegment x;
        private final Unit token;
        private final Unit expert;
        private final MemorySegment values;
        private final int tokens;
        private final StepArena arena;

        Cosine(MemorySegment x, Unit token, Unit expert, MemorySegment values, int tokens, StepArena arena) {
            this.x = x;
            this.token = token;
            this.expert = expert;
            this.values = values;
            this.tokens = tokens;
            this.arena = arena;
        }

        @Override
        public MemorySegment values() {
            return values;
        }

        @Override
        public void backward(MemorySegment dLogits, MemorySegment dx, float beta) {
            MemorySegment dHost = arena.toHost(dLogits);
            addTemperature(dHost);
            MemorySegment dCosine = arena.toKernels(scaled(dHost, scale(arena), tokens, arena));

            MemorySegment dUnitExpert = arena.floats((long) experts * low);
            linear.backwardWeight(dCosine, token.rows, dUnitExpert, tokens, low, experts, 0);
            MemorySegment dExpert = throughLength(expert, dUnitExpert, experts);
            addTo(parameters.experts.gradient(), dExpert, (long) experts * low);

            MemorySegment dUnitToken = arena.floats((long) tokens * low);
            linear.backwardInput(dCosine, expert.rows, dUnitToken, tokens, low, experts, 0);
            MemorySegment dq = throughLength(token, dUnitToken, tokens);
            addTo(parameters.bias.gradient(), columnSums(dq), low);
            MemorySegment dqKernels = arena.toKernels(dq);
            linear.backwardInput(dqKernels, parameters.projection.value(), dx, tokens, width, low, beta);
            linear.backwardWeight(dqKernels, x, parameters.projection.gradient(), tokens, width, low, 1);
        }

        /** d tau = sum of dh h below the limit, beyond which h does not change with it. */
        private void addTemperature(MemorySegment dLogits) {
            MemorySegment h = arena.toHost(values);
            double sum = 0;
            for (long i = 0; i < (long) tokens * experts; i++) {
                sum += (double) dLogits.getAtIndex(JAVA_FLOAT, i) * h.getAtIndex(JAVA_FLOAT, i);
            }
            MemorySegment d = arena.hostBytes(Float.BYTES);
            d.setAtIndex(JAVA_FLOAT, 0, temperature(arena) < LARGEST ? (float) sum : 0);
            addTo(parameters.temperature.gradient(), d, 1);
        }

        /** Of v^ = v / |v|: dv = (dv^ - v^ (v^ . dv^)) / |v|, in host memory. */
        private MemorySegment throughLength(Unit unit, MemorySegment dUnit, int count) {
            MemorySegment rows = arena.toHost(unit.rows);
            MemorySegment d = arena.toHost(dUnit);
            MemorySegment to = arena.hostBytes((long) count * low * Float.BYTES);
            for (int i = 0; i < count; i++) {
                double along = 0;
                for (int c = 0; c < low; c++) {
                    along += (double) at(rows, i, c) * at(d, i, c);
                }
                for (int c = 0; c < low; c++) {
                    double across = at(d, i, c) - at(rows, i, c) * along;
                    to.setAtIndex(JAVA_FLOAT, (long) i * low + c, (float) (across / unit.length[i]));
                }
            }
            return to;
        }

        private MemorySegment columnSums(MemorySegment rows) {
            MemorySegment sums = arena.hostBytes((long) low * Float.BYTES);
            for (int c = 0; c < low; c++) {
                double sum = 0;
                for (int i = 0; i < tokens; i++) {
                    sum += at(rows, i, c);
                }
                sums.setAtIndex(JAVA_FLOAT, c, (float) sum);
            }
            return sums;
        }

        private float at(MemorySegment rows, int i, int c) {
            return rows.getAtIndex(JAVA_FLOAT, (long) i * low + c);
        }

        private void addTo(MemorySegment gradient, MemorySegment fromHost, long count) {
            vector.add(gradient, arena.toKernels(fromHost), count);
        }
    }
}
