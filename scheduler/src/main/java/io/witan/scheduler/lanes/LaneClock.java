package io.witan.scheduler.lanes;

/** One run of a graph: time jumps from one task's end to the next. */
final class LaneClock {
    private static final Lane[] LANES = Lane.values();
    private static final int IDLE = -1;
    /** Tasks that end within this share of their length of each other end together: rounding must not order them. */
    private static final double TOGETHER = 1e-12;

    private final LaneGraph graph;
    private final Contention contention;
    private final int[] waitingFor;
    private final int[][] next;
    private final int[][] ready = new int[LANES.length][];
    private final int[] readyCount = new int[LANES.length];
    private final int[] running = {IDLE, IDLE, IDLE};
    private final double[] leftMs = new double[LANES.length];
    private final double[] startMs;
    private final double[] endMs;
    private double nowMs;
    private int done;

    LaneClock(LaneGraph graph, Contention contention) {
        this.graph = graph;
        this.contention = contention;
        int size = graph.size();
        this.waitingFor = new int[size];
        this.next = new int[size][];
        this.startMs = new double[size];
        this.endMs = new double[size];
        for (int lane = 0; lane < LANES.length; lane++) {
            ready[lane] = new int[size];
        }
        int[] followers = new int[size];
        for (int task = 0; task < size; task++) {
            for (int before : graph.after(task)) {
                followers[before]++;
            }
        }
        for (int task = 0; task < size; task++) {
            next[task] = new int[followers[task]];
        }
        for (int task = size - 1; task >= 0; task--) {
            waitingFor[task] = graph.after(task).length;
            for (int before : graph.after(task)) {
                next[before][--followers[before]] = task;
            }
        }
    }

    LaneRun run() {
        for (int task = 0; task < graph.size(); task++) {
            if (waitingFor[task] == 0) {
                makeReady(task);
            }
        }
        while (done < graph.size()) {
            startWhatCan();
            advance();
        }
        return new LaneRun(startMs, endMs, nowMs);
    }

    private void makeReady(int task) {
        int lane = graph.lane(task).ordinal();
        ready[lane][readyCount[lane]++] = task;
    }

    private void startWhatCan() {
        for (int lane = 0; lane < LANES.length; lane++) {
            if (running[lane] == IDLE && readyCount[lane] > 0) {
                int task = takeFirst(lane);
                running[lane] = task;
                leftMs[lane] = graph.ms(task);
                startMs[task] = nowMs;
            }
        }
    }

    private int takeFirst(int lane) {
        int[] tasks = ready[lane];
        int best = 0;
        for (int i = 1; i < readyCount[lane]; i++) {
            int order = Integer.compare(graph.priority(tasks[i]), graph.priority(tasks[best]));
            if (order < 0 || order == 0 && tasks[i] < tasks[best]) {
                best = i;
            }
        }
        int task = tasks[best];
        tasks[best] = tasks[--readyCount[lane]];
        return task;
    }

    private void advance() {
        boolean inter = running[Lane.INTER_NODE.ordinal()] != IDLE;
        boolean intra = running[Lane.INTRA_NODE.ordinal()] != IDLE;
        boolean compute = running[Lane.COMPUTE.ordinal()] != IDLE;
        double step = Double.POSITIVE_INFINITY;
        for (Lane lane : LANES) {
            if (running[lane.ordinal()] != IDLE) {
                step = Math.min(step, leftMs[lane.ordinal()] * contention.slowDown(lane, inter, intra, compute));
            }
        }
        nowMs += step;
        for (Lane lane : LANES) {
            int at = lane.ordinal();
            if (running[at] != IDLE) {
                leftMs[at] -= step / contention.slowDown(lane, inter, intra, compute);
            }
        }
        for (int lane = 0; lane < LANES.length; lane++) {
            if (running[lane] != IDLE && leftMs[lane] <= TOGETHER * graph.ms(running[lane])) {
                finish(lane);
            }
        }
    }

    private void finish(int lane) {
        int task = running[lane];
        running[lane] = IDLE;
        endMs[task] = nowMs;
        done++;
        for (int follower : next[task]) {
            if (--waitingFor[follower] == 0) {
                makeReady(follower);
            }
        }
    }
}
