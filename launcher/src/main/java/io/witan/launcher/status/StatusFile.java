package io.witan.launcher.status;

import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.supervise.RankState;
import io.witan.launcher.supervise.SupervisionListener;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps {@code status.json} of a run up to date. Ends without failure, which come all at once, are written with the next other news. One
 * thread. A file that cannot be written does not harm the run.
 */
public final class StatusFile implements SupervisionListener {
    private final OutputFolder folder;
    private final int maxRestarts;
    private final String metrics;
    private RankState[] states;
    private int[] processes;
    private int restarts;
    private Integer exitCode;

    /** @param metrics absolute path of the metrics file */
    public StatusFile(OutputFolder folder, int worldSize, int maxRestarts, String metrics) {
        this.folder = folder;
        this.maxRestarts = maxRestarts;
        this.metrics = metrics;
        this.states = new RankState[worldSize];
        this.processes = new int[worldSize];
        Arrays.fill(states, RankState.STARTING);
        write();
    }

    @Override
    public void started(int rank) {
        processes[rank]++;
        states[rank] = RankState.ALIVE;
        if (Arrays.stream(states).noneMatch(state -> state == RankState.STARTING)) {
            write();
        }
    }

    @Override
    public void changed(int rank, RankState state) {
        states[rank] = state;
        if (state != RankState.ENDED) {
            write();
        }
    }

    @Override
    public void leftBehind(int firstRank, int count) {
        int end = firstRank + count;
        RankState[] otherStates = new RankState[states.length - count];
        int[] otherProcesses = new int[states.length - count];
        System.arraycopy(states, 0, otherStates, 0, firstRank);
        System.arraycopy(states, end, otherStates, firstRank, states.length - end);
        System.arraycopy(processes, 0, otherProcesses, 0, firstRank);
        System.arraycopy(processes, end, otherProcesses, firstRank, processes.length - end);
        states = otherStates;
        processes = otherProcesses;
        write();
    }

    @Override
    public void restarted(int count) {
        restarts = count;
        for (int rank = 0; rank < states.length; rank++) {
            states[rank] = states[rank] == RankState.WAITING ? RankState.ALIVE : states[rank];
        }
        write();
    }

    /** The launcher ends with that code. */
    public void ended(int code) {
        exitCode = code;
        write();
    }

    private void write() {
        List<RunStatus.OfRank> ranks = new ArrayList<>();
        for (int rank = 0; rank < states.length; rank++) {
            ranks.add(new RunStatus.OfRank(rank, states[rank].label(), processes[rank]));
        }
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try {
            folder.writeJson(OutputFolder.STATUS, new RunStatus(now, exitCode, restarts, maxRestarts, metrics, ranks));
        } catch (LaunchException _) {
            // The next news may find room again.
        }
    }
}
