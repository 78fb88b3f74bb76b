package io.witan.scheduler.simulate;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Tasks with a duration on lanes, each of which runs one task at a time to its end. A task is ready when all that it waits for is over;
 * a free lane takes the ready task of highest priority, of these the one added first. One thread; made for one run.
 */
public final class LaneSchedule {
    /** Of a task that takes no lane: it ends with the last that it waits for, after its duration. */
    static final int NO_LANE = -1;

    private static final int FIRST_SIZE = 1024;

    private final long[] laneBusyNs;
    private final boolean[] laneTaken;
    private final PriorityQueue<Integer>[] waiting;
    private final PriorityQueue<Integer> events;
    /** Lanes that may be able to start a task now. */
    private final PriorityQueue<Integer> touched = new PriorityQueue<>();

    private int[] lane = new int[FIRST_SIZE];
    private int[] priority = new int[FIRST_SIZE];
    private long[] durationNs = new long[FIRST_SIZE];
    private long[] finishNs = new long[FIRST_SIZE];
    private int[] blockers = new int[FIRST_SIZE];
    private int[] firstEdge = new int[FIRST_SIZE];
    private int taskCount;

    private int[] edgeTarget = new int[FIRST_SIZE];
    private int[] nextEdge = new int[FIRST_SIZE];
    private int edgeCount;
    private int ended;
    private boolean ran;

    /** @param laneCount lanes 0 .. laneCount - 1 */
    @SuppressWarnings({"unchecked", "rawtypes"})
    public LaneSchedule(int laneCount) {
        laneBusyNs = new long[laneCount];
        laneTaken = new boolean[laneCount];
        waiting = new PriorityQueue[laneCount];
        events = new PriorityQueue<>((a, b) -> {
            int byTime = Long.compare(finishNs[a], finishNs[b]);
            return byTime != 0 ? byTime : Integer.compare(a, b);
        });
    }

    /**
     * Adds a task.
     *
     * @param lane on which it runs
     * @param ns how long, 0 or more
     * @param urgency of two ready tasks the one with the larger number goes first
     * @return its number
     */
    public int task(int lane, long ns, int urgency) {
        if (ns < 0 || lane < NO_LANE || lane >= laneTaken.length) {
            throw new IllegalArgumentException("task of " + ns + " ns on lane " + lane
                    + ": allowed 0 or more on lanes 0.." + (laneTaken.length - 1));
        }
        if (taskCount == this.lane.length) {
            grow();
        }
        this.lane[taskCount] = lane;
        priority[taskCount] = urgency;
        durationNs[taskCount] = ns;
        firstEdge[taskCount] = -1;
        return taskCount++;
    }

    /** A point in time: over when all that it waits for is over, at once if that is nothing. */
    public int join() {
        return task(NO_LANE, 0, 0);
    }

    /** A wait that takes no lane, as the start-up of an operation does. */
    public int delay(long ns) {
        return task(NO_LANE, ns, 0);
    }

    /** The task starts after the other one is over. */
    public void after(int task, int other) {
        if (ran || task >= taskCount || other >= taskCount || task == other) {
            throw new IllegalArgumentException("task " + task + " after " + other + ", of " + taskCount + " tasks");
        }
        if (edgeCount == edgeTarget.length) {
            edgeTarget = Arrays.copyOf(edgeTarget, edgeCount * 2);
            nextEdge = Arrays.copyOf(nextEdge, edgeCount * 2);
        }
        edgeTarget[edgeCount] = task;
        nextEdge[edgeCount] = firstEdge[other];
        firstEdge[other] = edgeCount++;
        blockers[task]++;
    }

    /**
     * Runs all tasks.
     *
     * @return when the last one ends
     * @throws IllegalStateException if tasks wait for one another in a circle
     */
    public long run() {
        ran = true;
        for (int task = 0; task < taskCount; task++) {
            if (blockers[task] == 0) {
                ready(task, 0);
            }
        }
        startWaiting(0);
        long now = 0;
        while (!events.isEmpty()) {
            now = finishNs[events.peek()];
            while (!events.isEmpty() && finishNs[events.peek()] == now) {
                end(events.poll(), now);
            }
            startWaiting(now);
        }
        if (ended != taskCount) {
            throw new IllegalStateException((taskCount - ended) + " of " + taskCount + " tasks wait for one another");
        }
        return now;
    }

    /** When a task ended. */
    public long finishNs(int task) {
        return finishNs[task];
    }

    /** How long a lane worked. */
    public long busyNs(int lane) {
        return laneBusyNs[lane];
    }

    private void ready(int task, long now) {
        if (lane[task] == NO_LANE) {
            finishNs[task] = now + durationNs[task];
            events.add(task);
            return;
        }
        int onLane = lane[task];
        if (waiting[onLane] == null) {
            waiting[onLane] = new PriorityQueue<>((a, b) -> {
                int byPriority = Integer.compare(priority[b], priority[a]);
                return byPriority != 0 ? byPriority : Integer.compare(a, b);
            });
        }
        waiting[onLane].add(task);
        touched.add(onLane);
    }

    private void startWaiting(long now) {
        while (!touched.isEmpty()) {
            int free = touched.poll();
            if (!laneTaken[free] && waiting[free] != null && !waiting[free].isEmpty()) {
                int task = waiting[free].poll();
                laneTaken[free] = true;
                laneBusyNs[free] += durationNs[task];
                finishNs[task] = now + durationNs[task];
                events.add(task);
            }
        }
    }

    private void end(int task, long now) {
        ended++;
        if (lane[task] != NO_LANE) {
            laneTaken[lane[task]] = false;
            touched.add(lane[task]);
        }
        for (int edge = firstEdge[task]; edge >= 0; edge = nextEdge[edge]) {
            if (--blockers[edgeTarget[edge]] == 0) {
                ready(edgeTarget[edge], now);
            }
        }
    }

    private void grow() {
        int size = taskCount * 2;
        lane = Arrays.copyOf(lane, size);
        priority = Arrays.copyOf(priority, size);
        durationNs = Arrays.copyOf(durationNs, size);
        finishNs = Arrays.copyOf(finishNs, size);
        blockers = Arrays.copyOf(blockers, size);
        firstEdge = Arrays.copyOf(firstEdge, size);
    }
}
