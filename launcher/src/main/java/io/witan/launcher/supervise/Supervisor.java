package io.witan.launcher.supervise;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.RunSpec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs all nodes of a run to their end. Ranks that were killed or lost are started again, as often as the run allows, and all go on
 * together; one that fails otherwise stops all: SIGTERM, grace, SIGKILL. A first signal from outside lets the ranks save and
 * leave; a second one kills them. {@link #run()} returns when no rank is left.
 */
public final class Supervisor {
    private final List<Member> all;
    private final Membership nodes;
    private final NodeLoss nodeLoss;
    private final Terminal terminal;
    private final SupervisionLimits limits;
    private final Consumer<List<RankRecord>> whenStarted;
    private final LinkedBlockingQueue<Event> queue = new LinkedBlockingQueue<>();
    private RankStates ranks;
    private Restarts restarts;
    private SupervisionListener listener = SupervisionListener.none();
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
     * @param whenStarted called when all processes are there, and again when some were replaced; a LaunchException from it stops
     *     the run
     */
    public Supervisor(
            List<Member> members, Terminal terminal, SupervisionLimits limits, Consumer<List<RankRecord>> whenStarted) {
        this(members, terminal, limits, whenStarted, NodeLoss.END);
    }

    /** As the other one, with a choice of what happens when a node is lost. */
    public Supervisor(
            List<Member> members,
            Terminal terminal,
            SupervisionLimits limits,
            Consumer<List<RankRecord>> whenStarted,
            NodeLoss nodeLoss) {
        this.all = List.copyOf(members);
        this.nodes = new Membership(members);
        this.nodeLoss = nodeLoss;
        this.terminal = terminal;
        this.limits = limits;
        this.whenStarted = whenStarted;
        RunSpec run = nodes.run();
        this.ranks = new RankStates(run.worldSize());
        this.restarts = new Restarts(run.worldSize(), run.attempts().maxRestarts(), limits.verdict());
    }

    /** From now on that one hears what becomes of the ranks. Before {@link #run}. */
    public void tell(SupervisionListener whoever) {
        listener = whoever;
    }

    /** A signal came. Any thread. */
    public void interrupt(int signalNumber) {
        queue.add(new Event.Interrupt(signalNumber));
    }

    /** Starts all ranks and waits for their end; reports a failure on the terminal. */
    public Outcome run() throws InterruptedException {
        deadlineNs = System.nanoTime() + limits.start().toNanos();
        try {
            all.forEach(this::start);
            while (!nodes.areAllEnded()) {
                Event event = next();
                if (event == null && phase == Phase.KILLING) {
                    break;
                }
                handle(event);
            }
        } finally {
            all.forEach(member -> member.agent().close());
        }
        return outcome();
    }

    /** Null when the deadline of the phase, or the time of a restart, has come. */
    private Event next() throws InterruptedException {
        if (phase == Phase.RUNNING && !restarts.isPending()) {
            return queue.take();
        }
        long untilNs = phase == Phase.RUNNING ? restarts.dueNs() : deadlineNs;
        return queue.poll(untilNs - System.nanoTime(), TimeUnit.NANOSECONDS);
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
            case AgentEvent.Lost lost -> lost(lost);
            case AgentEvent.Drained drained -> drained(node, drained);
            case AgentEvent.Finished _ -> nodes.end(member);
            case AgentEvent.Failed failed -> failed(member, failed);
            case AgentEvent.AgentLost lost -> agentLost(member, lost);
            case AgentEvent.Note note -> terminal.error(node + ": " + note.text());
            case AgentEvent.Output _ -> throw new IllegalStateException("output does not go through the queue");
        }
    }

    private void started(String node, AgentEvent.Started event) {
        if (event.attempt() < nodes.run().attempt()) {
            return;
        }
        ranks.started(node, event);
        listener.started(event.rank());
        boolean running = phase == Phase.STARTING || phase == Phase.RUNNING;
        if (running && ranks.allStarted()) {
            phase = Phase.RUNNING;
            tellRecords();
        }
    }

    private void tellRecords() {
        try {
            whenStarted.accept(ranks.records());
        } catch (LaunchException e) {
            problem(e.code().code(), e.getMessage());
        }
    }

    private void exited(String node, AgentEvent.Exited event) {
        if (event.attempt() < nodes.run().attempt() || mayGoOn(event.code())) {
            return;
        }
        boolean stopping = isStopping();
        ranks.exited(node, event, stopping);
        if (event.code() != 0 && !stopping) {
            stopAll(limits.grace());
        }
    }

    /** A process that is gone for good has said all that it had to say. News of one that was replaced count for nothing. */
    private void drained(String node, AgentEvent.Drained event) {
        if (event.attempt() < nodes.run().attempt()) {
            return;
        }
        if (mayGoOn(event.code())) {
            String how = event.code() == ExitCode.PEER_LOST.code()
                    ? " had ended before it could go on"
                    : " was " + ExitCode.describe(event.code());
            listener.changed(event.rank(), RankState.LOST);
            restarts.gone(event.rank(), "rank " + event.rank() + " on node " + node + how, System.nanoTime());
            return;
        }
        boolean stopping = isStopping();
        ranks.drained(node, event, stopping);
        listener.changed(event.rank(), event.code() == 0 ? RankState.ENDED : RankState.FAILED);
        if (event.code() != 0 && !stopping) {
            stopAll(limits.grace());
        }
    }

    private boolean isStopping() {
        return phase == Phase.STOPPING || phase == Phase.KILLING;
    }

    private boolean mayGoOn(int code) {
        return phase == Phase.RUNNING && restarts.cover(code) && !nodes.isAnyEnded();
    }

    private void lost(AgentEvent.Lost event) {
        if (phase != Phase.RUNNING || event.attempt() != nodes.run().attempt()) {
            return;
        }
        listener.changed(event.rank(), RankState.WAITING);
        String text = "rank " + event.rank() + " says: " + event.message();
        if (nodes.isAnyEnded() || !restarts.lost(event.rank(), text, System.nanoTime())) {
            problem(event.code(), text);
        }
    }

    /** All of the node's ranks are gone with it. */
    private void agentLost(Member member, AgentEvent.AgentLost event) {
        int code = ExitCode.PEER_LOST.code();
        if (goesOnWithout(member, event.message())) {
            return;
        }
        if (!mayGoOn(code)) {
            failed(member, new AgentEvent.Failed(code, event.message()));
            return;
        }
        nodes.lose(member);
        tellLost(member);
        String text = "node " + member.job().name() + ": " + event.message();
        nodes.ranksOf(member).forEach(rank -> restarts.gone(rank, text, System.nanoTime()));
    }

    private void restart() {
        if (nodes.isAnyEnded()) {
            problem(
                    ExitCode.PEER_LOST.code(),
                    restarts.cause() + ", and nodes have ended already; go on with --resume");
            return;
        }
        Set<Integer> silent = restarts.silent();
        terminal.error("witan: " + restarts.cause() + (silent.isEmpty() ? "" : "; ranks " + silent + " are silent")
                + "; restart " + (restarts.done() + 1) + " of " + restarts.most() + ": " + nodes.whoGoesOn()
                + " go on after the last step that all have completed");
        silent.forEach(rank -> listener.changed(rank, RankState.LOST));
        restarts.happened();
        listener.restarted(restarts.done());
        if (nodes.leaveBehind(this::leftBehind)) {
            restarts = restarts.among(nodes.run().worldSize());
            tellRecords();
        }
        nodes.again(silent);
    }

    private void leftBehind(int first, int count) {
        ranks = ranks.without(first, count);
        listener.leftBehind(first, count);
    }

    private void tellLost(Member member) {
        nodes.ranksOf(member).forEach(rank -> listener.changed(rank, RankState.LOST));
    }

    /** Returns whether the others will, with the pending restart. */
    private boolean goesOnWithout(Member member, String message) {
        boolean may = nodeLoss == NodeLoss.SHRINK
                && phase == Phase.RUNNING
                && restarts.isLeft()
                && !nodes.isAnyEnded()
                && nodes.mayLeave();
        if (may) {
            nodes.leave(member);
            tellLost(member);
            restarts.nodeGone("node " + member.job().name() + ": " + message, System.nanoTime());
        }
        return may;
    }

    private void failed(Member member, AgentEvent.Failed event) {
        if (event.code() == ExitCode.PEER_LOST.code() && goesOnWithout(member, event.message())) {
            return;
        }
        nodes.end(member);
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
        if (phase == Phase.RUNNING) {
            restart();
        } else if (phase == Phase.STARTING) {
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
        nodes.endLost();
        deadlineNs = System.nanoTime() + patience.toNanos();
        nodes.members().forEach(member -> member.agent().stop());
    }

    private void killAll() {
        phase = Phase.KILLING;
        deadlineNs = System.nanoTime() + limits.reap().toNanos();
        nodes.members().forEach(member -> member.agent().kill());
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
            return new Outcome(nodes.areAllEnded() ? ExitCode.OK.code() : ExitCode.INTERNAL.code(), false);
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
