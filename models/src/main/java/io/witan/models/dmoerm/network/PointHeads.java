package io.witan.models.dmoerm.network;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The value heads of capability points: r = (w + u_p) . z. A head begins as a copy of the base model's, w, which is frozen while heads are trained;
 * its own u_p, zero at first, is how far it has gone from there.
 *
 * @param base w [D]
 * @param own u_p [D] of each point, over all categories
 */
public record PointHeads(Parameter base, List<Parameter> own, int width) {
    /**
     * @param z [N, D] in host memory
     * @param points [N]
     * @return [N]
     */
    public double[] rewards(MemorySegment z, int[] points) {
        MemorySegment w = base.value();
        double[] rewards = new double[points.length];
        for (int n = 0; n < rewards.length; n++) {
            MemorySegment u = own.get(points[n]).value();
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += (double) (w.getAtIndex(JAVA_FLOAT, i) + u.getAtIndex(JAVA_FLOAT, i))
                        * z.getAtIndex(JAVA_FLOAT, (long) n * width + i);
            }
            rewards[n] = sum;
        }
        return rewards;
    }

    /**
     * The heads' gradients add theirs.
     *
     * @param dRewards [N]
     * @param dz [N, D], out
     */
    public void backward(MemorySegment z, int[] points, double[] dRewards, MemorySegment dz) {
        MemorySegment w = base.value();
        for (int n = 0; n < points.length; n++) {
            MemorySegment u = own.get(points[n]).value();
            MemorySegment du = own.get(points[n]).gradient();
            for (int i = 0; i < width; i++) {
                long at = (long) n * width + i;
                double slope = dRewards[n];
                dz.setAtIndex(
                        JAVA_FLOAT, at, (float) (slope * (w.getAtIndex(JAVA_FLOAT, i) + u.getAtIndex(JAVA_FLOAT, i))));
                du.setAtIndex(
                        JAVA_FLOAT, i, (float) (du.getAtIndex(JAVA_FLOAT, i) + slope * z.getAtIndex(JAVA_FLOAT, at)));
            }
        }
    }
}
