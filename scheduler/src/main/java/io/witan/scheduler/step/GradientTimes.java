package io.witan.scheduler.step;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.gradient.GradientWindows;
import java.util.ArrayList;
import java.util.List;

/**
 * All-reduces of dense gradients, in ms alone; 0 for none.
 *
 * @param windowMs of each stretch of backward, as {@link GradientWindows} has them: it begins with the stretch, behind the layer's dispatches
 * @param eagerMs of what is complete before the last layer's backward, before that of the one before it, ...: it travels whenever
 *     exchanges leave the network free
 * @param restMs when backward is over
 */
public record GradientTimes(List<Double> windowMs, List<Double> eagerMs, double restMs) {
    /** Nothing is summed. */
    public static final GradientTimes NONE = new GradientTimes(List.of(), List.of(), 0);

    public GradientTimes {
        windowMs = List.copyOf(windowMs);
        eagerMs = List.copyOf(eagerMs);
    }

    /**
     * In windows, of which each takes no more than what waits.
     *
     * @param readyBytes complete before the last layer's backward, ..., and when backward is over
     */
    public static GradientTimes planned(GradientWindows windows, List<Long> readyBytes, LinearTime allReduce) {
        List<Double> times = new ArrayList<>();
        long waiting = 0;
        for (int layer = 0; layer < readyBytes.size() - 1; layer++) {
            waiting += readyBytes.get(layer);
            for (int part = 0; part < GradientWindows.STRETCHES; part++) {
                long bytes = Math.min(windows.bytesOf(GradientWindows.STRETCHES * layer + part), waiting);
                waiting -= bytes;
                times.add(allReduce.msIfAny(bytes));
            }
        }
        return new GradientTimes(times, List.of(), allReduce.msIfAny(waiting + readyBytes.getLast()));
    }

    /**
     * As soon as they are complete.
     *
     * @param readyBytes complete before the last layer's backward, ..., and when backward is over
     */
    public static GradientTimes eager(List<Long> readyBytes, LinearTime allReduce) {
        List<Double> times = new ArrayList<>();
        readyBytes.subList(0, readyBytes.size() - 1).forEach(bytes -> times.add(allReduce.msIfAny(bytes)));
        return new GradientTimes(List.of(), times, allReduce.msIfAny(readyBytes.getLast()));
    }

    double windowMs(int stretch) {
        return stretch < windowMs.size() ? windowMs.get(stretch) : 0;
    }

    double eagerMs(int group) {
        return group < eagerMs.size() ? eagerMs.get(group) : 0;
    }
}
