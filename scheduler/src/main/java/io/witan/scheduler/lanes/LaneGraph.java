package io.witan.scheduler.lanes;

import java.util.Arrays;

/**
 * Tasks on lanes, each after some earlier ones. A lane that is free starts, of its tasks whose predecessors are done, the one of least
 * priority number, ties to the one added first; what has started runs to its end. Tasks in one fixed order on a lane (as in a
 * device's stream) are added by {@link #addInOrder}. One thread.
 */
public final class LaneGraph {
    private static final int LANES = Lane.values().length;
    private static final int[] NOTHING = {};

    private final int[] lastInOrder = new int[LANES];
    private Lane[] lane = new Lane[32];
    private double[] ms = new double[32];
    private int[] priority = new int[32];
    private int[][] after = new int[32][];
    private int size;

    public LaneGraph() {
        Arrays.fill(lastInOrder, -1);
    }

    /**
     * @param durationMs alone on its lane, 0 or more
     * @param rank the smaller, the earlier among tasks that could start
     * @param predecessors tasks added before
     * @return the task's number, from 0
     * @throws IllegalArgumentException for a time that is negative or not finite, or a predecessor that isn't there yet
     */
    public int add(Lane on, double durationMs, int rank, int... predecessors) {
        if (!(durationMs >= 0) || !Double.isFinite(durationMs)) {
            throw new IllegalArgumentException(
                    "task " + size + " on " + on + " of " + durationMs + " ms; allowed 0 or more, finite");
        }
        for (int predecessor : predecessors) {
            if (predecessor < 0 || predecessor >= size) {
                throw new IllegalArgumentException(
                        "task " + size + " after task " + predecessor + "; allowed 0 .. " + (size - 1));
            }
        }
        if (size == ms.length) {
            grow();
        }
        lane[size] = on;
        ms[size] = durationMs;
        priority[size] = rank;
        after[size] = predecessors.length == 0 ? NOTHING : predecessors.clone();
        return size++;
    }

    /** As {@link #add} with priority 0, and after the last task that was added to the lane in this way. */
    public int addInOrder(Lane on, double durationMs, int... predecessors) {
        int last = lastInOrder[on.ordinal()];
        int[] all = predecessors;
        if (last >= 0) {
            all = Arrays.copyOf(predecessors, predecessors.length + 1);
            all[predecessors.length] = last;
        }
        int task = add(on, durationMs, 0, all);
        lastInOrder[on.ordinal()] = task;
        return task;
    }

    public int size() {
        return size;
    }

    /** Time of all tasks of a lane, one after another and undisturbed; no run is shorter than the busiest lane's. */
    public double busyMs(Lane on) {
        double sum = 0;
        for (int task = 0; task < size; task++) {
            sum += lane[task] == on ? ms[task] : 0;
        }
        return sum;
    }

    /** All tasks one after another. */
    public double serialMs() {
        double sum = 0;
        for (int task = 0; task < size; task++) {
            sum += ms[task];
        }
        return sum;
    }

    /** Runs the tasks on lanes that slow each other down. */
    public LaneRun run(Contention contention) {
        return new LaneClock(this, contention).run();
    }

    Lane lane(int task) {
        return lane[task];
    }

    double ms(int task) {
        return ms[task];
    }

    int priority(int task) {
        return priority[task];
    }

    int[] after(int task) {
        return after[task];
    }

    private void grow() {
        int capacity = 2 * ms.length;
        lane = Arrays.copyOf(lane, capacity);
        ms = Arrays.copyOf(ms, capacity);
        priority = Arrays.copyOf(priority, capacity);
        after = Arrays.copyOf(after, capacity);
    }
}
