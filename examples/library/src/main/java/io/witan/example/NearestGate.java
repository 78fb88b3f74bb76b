package io.witan.example;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A gate of one's own that learns: each expert has a centre c_e [D], and a token x goes to the nearest one k, with weight
 * p_k = exp(-|x - c_k|^2 / 2) / sum_e exp(-|x - c_e|^2 / 2).
 *
 * @param centres [E, D]
 */
public record NearestGate(Parameter centres, int experts, int width) implements Gate {
    @Override
    public List<Parameter> matrices() {
        return List.of(centres);
    }

    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        float[] tokenValues =
                arena.toHost(x).asSlice(0, bytes((long) tokens * width)).toArray(JAVA_FLOAT);
        float[] centreValues = arena.toHost(centres.value()).toArray(JAVA_FLOAT);
        double[][] p = new double[tokens][];
        int[] nearest = new int[tokens];
        MemorySegment expert = arena.hostInts(tokens);
        MemorySegment weight = arena.hostBytes(bytes(tokens));
        for (int t = 0; t < tokens; t++) {
            p[t] = shares(tokenValues, t, centreValues);
            for (int e = 1; e < experts; e++) {
                nearest[t] = p[t][e] > p[t][nearest[t]] ? e : nearest[t];
            }
            expert.setAtIndex(JAVA_INT, t, nearest[t]);
            weight.setAtIndex(JAVA_FLOAT, t, (float) p[t][nearest[t]]);
        }
        return new Chosen(
                this, tokenValues, centreValues, p, nearest, arena.toKernels(expert), arena.toKernels(weight), arena);
    }

    private static long bytes(long floats) {
        return floats * Float.BYTES;
    }

    private double[] shares(float[] x, int token, float[] c) {
        double[] shares = new double[experts];
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            double squares = 0;
            for (int i = 0; i < width; i++) {
                double distance = x[token * width + i] - c[e * width + i];
                squares += distance * distance;
            }
            shares[e] = Math.exp(-squares / 2);
            sum += shares[e];
        }
        for (int e = 0; e < experts; e++) {
            shares[e] /= sum;
        }
        return shares;
    }

    /**
     * @param p [T][E]
     * @param nearest [T]
     */
    private record Chosen(
            NearestGate gate,
            float[] x,
            float[] c,
            double[][] p,
            int[] nearest,
            MemorySegment expert,
            MemorySegment weight,
            StepArena arena)
            implements Routed {
        @Override
        public int tokens() {
            return p.length;
        }

        @Override
        public int choices() {
            return 1;
        }

        @Override
        public boolean mayDrop() {
            return false;
        }

        /** dL/ds_e = dL/dp_k p_k ([e = k] - p_e) of s_e = -|x - c_e|^2 / 2; ds_e/dx = c_e - x, ds_e/dc_e = x - c_e. */
        @Override
        public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
            int width = gate.width;
            float[] d = arena.toHost(dWeight).toArray(JAVA_FLOAT);
            float[] dx = new float[x.length];
            float[] dc = new float[c.length];
            for (int t = 0; t < p.length; t++) {
                for (int e = 0; e < gate.experts; e++) {
                    double ds = d[t] * p[t][nearest[t]] * ((e == nearest[t] ? 1 : 0) - p[t][e]);
                    for (int i = 0; i < width; i++) {
                        float step = (float) (ds * (c[e * width + i] - x[t * width + i]));
                        dx[t * width + i] += step;
                        dc[e * width + i] -= step;
                    }
                }
            }
            MemorySegment gradient = gate.centres.gradient();
            for (int i = 0; i < dc.length && gate.centres.isTrained(); i++) {
                gradient.setAtIndex(JAVA_FLOAT, i, gradient.getAtIndex(JAVA_FLOAT, i) + dc[i]);
            }
            MemorySegment out = arena.hostBytes(bytes(dx.length));
            MemorySegment.copy(dx, 0, out, JAVA_FLOAT, 0, dx.length);
            return arena.toKernels(out);
        }
    }
}
