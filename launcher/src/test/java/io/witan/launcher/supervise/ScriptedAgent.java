package io.witan.launcher.supervise;

import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** An agent of one rank that sends the events of a script, and notes what it is told. */
final class ScriptedAgent implements AgentLink {
    private final int node;
    private final Script script;
    private final List<String> calls;
    private Consumer<AgentEvent> events;

    /** What an agent sends when it is started, told to go on, stopped and killed. */
    record Script(Events onStart, Events onGoOn, Events onStop, Events onKill) {
        /** Without restarts. */
        Script(Events onStart, Events onStop, Events onKill) {
            this(onStart, nothing(), onStop, onKill);
        }
    }

    /** Sends them. */
    @FunctionalInterface
    interface Events {
        void sendTo(Consumer<AgentEvent> sink);

        default Events andThen(Events more) {
            return sink -> {
                sendTo(sink);
                more.sendTo(sink);
            };
        }
    }

    private ScriptedAgent(int node, Script script, List<String> calls) {
        this.node = node;
        this.script = script;
        this.calls = calls;
    }

    /** One a script, a rank on each. */
    static List<Member> members(int maxRestarts, List<String> calls, Script... scripts) {
        List<Integer> ranksPerNode = new ArrayList<>();
        for (int node = 0; node < scripts.length; node++) {
            ranksPerNode.add(1);
        }
        RunSpec run = new RunSpec(
                "0",
                ranksPerNode,
                List.of(),
                "",
                "0",
                new RunSpec.Processes(1, Binding.NONE, "1g", 0),
                RunSpec.Output.into(""),
                "",
                new RunSpec.Attempts(0, maxRestarts, 0, 0));
        List<Member> members = new ArrayList<>();
        for (int node = 0; node < scripts.length; node++) {
            members.add(new Member(new NodeJob(run, node, "n" + node), new ScriptedAgent(node, scripts[node], calls)));
        }
        return members;
    }

    /** Others at each call. */
    static Events inTurn(Events... calls) {
        Iterator<Events> next = List.of(calls).iterator();
        return sink -> next.next().sendTo(sink);
    }

    static Events nothing() {
        return _ -> {};
    }

    static Events up(int rank) {
        return up(rank, 100 + rank);
    }

    /** @param pid from 100 on in the first attempt, from 200 on in the second, and so on */
    static Events up(int rank, int pid) {
        return sink -> sink.accept(new AgentEvent.Started(rank, pid / 100 - 1, pid, "log" + rank));
    }

    /** The rank's process ends, which was given the job of that attempt last. */
    static Events gone(int rank, int attempt, int code) {
        return sink -> {
            sink.accept(new AgentEvent.Exited(rank, attempt, code));
            sink.accept(new AgentEvent.Drained(rank, attempt, code, List.of("last of " + rank)));
        };
    }

    static Events agentLost() {
        return sink -> sink.accept(new AgentEvent.AgentLost("it is gone"));
    }

    /** The agent is gone, and can't be started again from here. */
    static Events nodeLost() {
        return sink -> sink.accept(new AgentEvent.Failed(8, "the node's agent was lost"));
    }

    static Events lost(int rank, int attempt) {
        return sink -> sink.accept(new AgentEvent.Lost(rank, attempt, 8, "somebody is silent"));
    }

    /** The first process of the node's rank ends, and with it the node. */
    static Events exit(int rank, int code) {
        return exit(rank, 0, code);
    }

    static Events exit(int rank, int attempt, int code) {
        return gone(rank, attempt, code).andThen(sink -> sink.accept(new AgentEvent.Finished()));
    }

    @Override
    public void start(NodeJob job, Consumer<AgentEvent> sink) {
        events = sink;
        script.onStart().sendTo(sink);
    }

    @Override
    public void goOn(NodeJob next, Set<Integer> replaced) {
        calls.add("go on " + node + " attempt " + next.run().attempt() + " run "
                + next.run().runId() + " replace " + replaced);
        script.onGoOn().sendTo(events);
    }

    @Override
    public void stop() {
        calls.add("stop " + node);
        script.onStop().sendTo(events);
    }

    @Override
    public void kill() {
        calls.add("kill " + node);
        script.onKill().sendTo(events);
    }

    @Override
    public void close() {
        calls.add("close " + node);
    }
}
