package io.witan.launcher.supervise;

import io.witan.launcher.agent.AgentEvent;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs all nodes of a run to their end. One rank that fails stops all: SIGTERM, grace, SIGKILL. A first signal from outside
 * lets the ranks save and leave; a second one kills them. {@link #run()} returns when no rank is left.
 */
public final class Supervisor {
    private final List<Member> members;
    private final Terminal terminal;
    private final SupervisionLimits limits;
    private final Consumer<List<RankRecord>> whenStarted;
    private final LinkedBlockingQueue<Event> queue = new LinkedBlockingQueue<>();
    private final RankStates ranks;
    private final Set<Integer> endedNodes = new HashSet<>();
    private Phase phase = Phase.STARTING;
    private long deadlineNs;
    private Problem problem;
    private int signal;

    private enum Phase {
        STARTING,
        RUNNING,
        STOPPING,
        KILLING
    }

    private sealed interface Event {
        record OfNode(Member member, AgentEvent event) implements Event {}

        record Interrupt(int signal) implements Event {}
    }

    /** A failure that no rank's exit tells of. */
    private record Problem(int code, String text) {}

    /**
     * @param members nodes in rank order
     * @param whenStarted called once when all processes are there; a LaunchException from it stops the run
     */
    public Supervisor(
            List<Member> members, Terminal terminal, SupervisionLimits limits, Consumer<List<RankRecord>> whenStarted) {
        this.members = List.copyOf(members);
        this.terminal = terminal;
        this.limits = limits;
        this.whenStarted = whenStarted;
        this.ranks = new RankStates(
                members.stream().mapToInt(member -> member.job().ranks()).sum());
    }

    /** A signal came. Any thread. */
    public void interrupt(int signalNumber) {
        queue.add(new Event.Interrupt(signalNumber));
    }

    /** Starts all ranks and waits for their end; reports a failure on the terminal. */
    public Outcome run() throws InterruptedException {
        deadlineNs = System.nanoTime() + limits.start().toNanos();
        try {
            members.forEach(this::start);
            while (endedNodes.size() < members.size()) {
                Event event = phase == Phase.RUNNING
                        ? queue.take()
                        : queue.poll(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (event == null && phase == Phase.KILLING) {
                    break;
                }
                handle(event);
            }
        } finally {
            members.forEach(member -> member.agent().close());
        }
        return outcome();
    }

    private void start(Member member) {
        member.agent().start(member.job(), event -> receive(member, event));
    }

    private void receive(Member member, AgentEvent event) {
        if (event instanceof AgentEvent.Output output) {
            terminal.rankLine(member.job().name(), output.rank(), output.channel(), output.text());
        } else {
            queue.add(new Event.OfNode(member, event));
        }
    }

    private void handle(Event event) {
        switch (event) {
            case null -> deadlinePassed();
            case Event.Interrupt interrupt -> interrupted(interrupt.signal());
            case Event.OfNode ofNode -> nodeEvent(ofNode.member(), ofNode.event());
        }
    }

    private void nodeEvent(Member member, AgentEvent event) {
        String node = member.job().name();
        switch (event) {
            case AgentEvent.Started started -> started(node, started);
            case AgentEvent.Exited exited -> exited(node, exited);
            case AgentEvent.Drained drained -> ranks.drained(drained);
            case AgentEvent.Finished _ -> endedNodes.add(member.job().node());
            case AgentEvent.Failed failed -> failed(member, failed);
            case AgentEvent.Note note -> terminal.error(node + ": " + note.text());
            case AgentEvent.Output _ -> throw new IllegalStateException("output does not go through the queue");
        }
    }

    private void started(String node, AgentEvent.Started event) {
        ranks.started(node, event);
        if (phase == Phase.STARTING && ranks.allStarted()) {
            phase = Phase.RUNNING;
            try {
                whenStarted.accept(ranks.records());
            } catch (LaunchException e) {
                problem(e.code().code(), e.getMessage());
            }
        }
    }

    private void exited(String node, AgentEvent.Exited event) {
        boolean stopping = phase == Phase.STOPPING || phase == Phase.KILLING;
        ranks.exited(node, event, stopping);
        if (event.code() != 0 && !stopping) {
            stopAll(limits.grace());
        }
    }

    private void failed(Member member, AgentEvent.Failed event) {
        endedNodes.add(member.job().node());
        if (phase != Phase.KILLING) {
            problem(event.code(), "node " + member.job().name() + ": " + event.message());
        }
    }

    private void problem(int code, String text) {
        if (problem == null) {
            problem = new Problem(code, text);
        }
        if (phase == Phase.STARTING || phase == Phase.RUNNING) {
            stopAll(limits.grace());
        }
    }

    private void interrupted(int signalNumber) {
        if (phase == Phase.STARTING || phase == Phase.RUNNING) {
            signal = signalNumber;
            terminal.note(
                    ExitCode.signalName(signalNumber) + ": the ranks save and leave; a second one kills them at once");
            stopAll(limits.save());
        } else if (phase == Phase.STOPPING) {
            killAll();
        }
    }

    private void deadlinePassed() {
        if (phase == Phase.STARTING) {
            problem(
                    ExitCode.RENDEZVOUS.code(),
                    "ranks " + ranks.missing() + " were not started within "
                            + limits.start().toSeconds() + " s");
        } else {
            killAll();
        }
    }

    private void stopAll(Duration patience) {
        phase = Phase.STOPPING;
        deadlineNs = System.nanoTime() + patience.toNanos();
        members.forEach(member -> member.agent().stop());
    }

    private void killAll() {
        phase = Phase.KILLING;
        deadlineNs = System.nanoTime() + limits.reap().toNanos();
        members.forEach(member -> member.agent().kill());
    }

    private Outcome outcome() {
        RankStates.Exit first = ranks.firstFailure().orElse(null);
        boolean ownFailure = first != null && !RankStates.lostOthers(first);
        if (signal != 0 && !ownFailure) {
            return new Outcome(ExitCode.ofSignal(signal), true);
        }
        if (problem != null && !ownFailure) {
            terminal.error("witan: " + problem.text());
            return new Outcome(problem.code(), false);
        }
        if (first == null) {
            boolean unaccounted = endedNodes.size() < members.size();
            return new Outcome(unaccounted ? ExitCode.INTERNAL.code() : ExitCode.OK.code(), false);
        }
        report(first);
        return new Outcome(first.code(), false);
    }

    private void report(RankStates.Exit first) {
        String others = ranks.worldSize() > 1 ? "; the other ranks were stopped" : "";
        terminal.error("witan: rank " + first.rank() + " on node " + first.node() + " failed first: "
                + ExitCode.describe(first.code()) + others);
        if (!first.lastLines().isEmpty()) {
            terminal.error("  last lines of " + ranks.log(first.rank()) + ":");
            first.lastLines().forEach(line -> terminal.error("    " + line));
        }
    }
}
