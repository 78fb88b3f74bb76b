package io.witan.scheduler.gradient;

import java.util.ArrayList;
import java.util.List;

/**
 * A plan as training follows it: how many bytes of the bucket may begin to travel with each stretch of backward. Stretches are a layer's MoE
 * part, then the rest of it, from the last layer on; what is left travels when backward is over.
 *
 * @param bytes of each stretch, multiples of {@link GradientProblem#ALIGNMENT}
 */
public record GradientWindows(List<Long> bytes) {
    /** Of a layer. */
    public static final int STRETCHES = 2;

    /** @throws IllegalArgumentException if bytes are negative or no such multiple */
    public GradientWindows {
        bytes = List.copyOf(bytes);
        for (long window : bytes) {
            if (window < 0 || window % GradientProblem.ALIGNMENT != 0) {
                throw new IllegalArgumentException("window of " + window + " B for gradients; allowed multiples of "
                        + GradientProblem.ALIGNMENT + " from 0 on");
            }
        }
    }

    /** @param plan of a problem with these stretches first */
    public static GradientWindows of(GradientPlan plan, int stretches) {
        List<Long> bytes = new ArrayList<>();
        for (int stretch = 0; stretch < stretches; stretch++) {
            bytes.add(plan.bytesIn(stretch));
        }
        return new GradientWindows(bytes);
    }

    /** Of a stretch, from 0; 0 after the last. */
    public long bytesOf(int stretch) {
        return stretch < bytes.size() ? bytes.get(stretch) : 0;
    }

    public long totalBytes() {
        return bytes.stream().mapToLong(Long::longValue).sum();
    }
}
