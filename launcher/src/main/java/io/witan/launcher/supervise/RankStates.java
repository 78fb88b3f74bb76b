package io.witan.launcher.supervise;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.message.AgentEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is known of each rank, and from it which failure came first. One thread. */
final class RankStates {
    private static final int STOPPED_BY_TERM = ExitCode.ofSignal(Signals.TERM);
    private static final int STOPPED_BY_KILL = ExitCode.ofSignal(9);

    private final RankRecord[] started;
    private final List<Exit> failures = new ArrayList<>();

    /** A rank's end with a code other than 0; ours: the supervisor was stopping it. */
    record Exit(int rank, String node, int code, List<String> lastLines, boolean ours) {
        Exit withOutput(int finalCode, List<String> lines) {
            return new Exit(rank, node, finalCode, lines, ours);
        }
    }

    RankStates(int worldSize) {
        started = new RankRecord[worldSize];
    }

    /** The same without some ranks: those behind them get lower numbers. */
    RankStates without(int first, int count) {
        RankStates left = new RankStates(started.length - count);
        for (int rank = 0; rank < left.started.length; rank++) {
            RankRecord record = started[rank < first ? rank : rank + count];
            left.started[rank] = new RankRecord(rank, record.node(), record.pid(), record.log());
        }
        return left;
    }

    int worldSize() {
        return started.length;
    }

    /** True if the rank only says that others are gone. */
    static boolean lostOthers(Exit exit) {
        return exit.code() == ExitCode.PEER_LOST.code() || exit.code() == ExitCode.RENDEZVOUS.code();
    }

    void started(String node, AgentEvent.Started event) {
        started[event.rank()] = new RankRecord(event.rank(), node, event.pid(), event.log());
    }

    boolean allStarted() {
        for (RankRecord rank : started) {
            if (rank == null) {
                return false;
            }
        }
        return true;
    }

    List<RankRecord> records() {
        return List.of(started);
    }

    String log(int rank) {
        return started[rank] == null ? "" : started[rank].log();
    }

    List<Integer> missing() {
        List<Integer> missing = new ArrayList<>();
        for (int rank = 0; rank < started.length; rank++) {
            if (started[rank] == null) {
                missing.add(rank);
            }
        }
        return missing;
    }

    void exited(String node, AgentEvent.Exited event, boolean stopping) {
        if (event.code() != 0) {
            boolean ours = stopping && (event.code() == STOPPED_BY_TERM || event.code() == STOPPED_BY_KILL);
            failures.add(new Exit(event.rank(), node, event.code(), List.of(), ours));
        }
    }

    /** A failure that was not known of until now counts from here on. */
    void drained(String node, AgentEvent.Drained event, boolean stopping) {
        boolean known = failures.stream().anyMatch(exit -> exit.rank() == event.rank());
        if (event.code() != 0 && !known) {
            exited(node, new AgentEvent.Exited(event.rank(), event.attempt(), event.code()), stopping);
        }
        failures.replaceAll(
                exit -> exit.rank() == event.rank() ? exit.withOutput(event.code(), event.lastLines()) : exit);
    }

    /**
     * The first failure in time; but a rank that only lost a peer comes after one that failed by itself, as the news of
     * the two may arrive in either order.
     */
    Optional<Exit> firstFailure() {
        List<Exit> own = failures.stream().filter(exit -> !exit.ours()).toList();
        return own.stream().filter(exit -> !lostOthers(exit)).findFirst().or(() -> own.stream()
                .findFirst());
    }
}
