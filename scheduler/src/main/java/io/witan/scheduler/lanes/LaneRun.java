package io.witan.scheduler.lanes;

/** When each task of a graph ran. Immutable. */
public final class LaneRun {
    private final double[] startMs;
    private final double[] endMs;
    private final double makespanMs;

    LaneRun(double[] startMs, double[] endMs, double makespanMs) {
        this.startMs = startMs;
        this.endMs = endMs;
        this.makespanMs = makespanMs;
    }

    /** From the first task's start to the last one's end; 0 without tasks. */
    public double makespanMs() {
        return makespanMs;
    }

    public double startMs(int task) {
        return startMs[task];
    }

    public double endMs(int task) {
        return endMs[task];
    }
}
