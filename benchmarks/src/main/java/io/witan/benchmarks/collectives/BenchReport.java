package io.witan.benchmarks.collectives;

import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.NodeJob;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Puts together what the nodes report, prints it and counts what is wrong. Any thread. */
final class BenchReport {
    private final BenchTable table;
    private final PrintWriter json;
    private final int ranks;
    private final TreeMap<Integer, RankFacts> facts = new TreeMap<>();
    private final List<Queue<BenchRow>> rows = new ArrayList<>();
    private long wrong;

    /** @param json takes a row a line; null: none */
    BenchReport(BenchTable table, PrintWriter json, int nodes, int ranks) {
        this.table = table;
        this.json = json;
        this.ranks = ranks;
        for (int node = 0; node < nodes; node++) {
            rows.add(new ArrayDeque<>());
        }
    }

    /** The node's agent, of whose events the results come here and the others go on. */
    AgentLink listening(AgentLink agent) {
        return new Listening(agent);
    }

    /** Wrong elements, of all rows. */
    synchronized long wrong() {
        return wrong;
    }

    private synchronized void result(int node, String text) {
        if (text.startsWith(BenchRank.FACTS)) {
            RankFacts found = RankFacts.fromJson(text.substring(BenchRank.FACTS.length()));
            facts.put(found.rank(), found);
            if (facts.size() == ranks) {
                table.header(List.copyOf(facts.values()));
            }
        } else if (text.startsWith(BenchRank.LIMITS)) {
            table.limits(MemoryLimits.fromJson(text.substring(BenchRank.LIMITS.length())));
        } else if (text.startsWith(BenchRank.ROW)) {
            rows.get(node).add(BenchRow.fromJson(text.substring(BenchRank.ROW.length())));
            printComplete();
        }
    }

    /** The rows that all nodes have reported: that of the first, with the counts of all. */
    private void printComplete() {
        while (rows.stream().noneMatch(Queue::isEmpty)) {
            BenchRow row = rows.getFirst().remove();
            BenchRow.Network network = row.network();
            for (Queue<BenchRow> others : rows.subList(1, rows.size())) {
                network = network.plus(others.remove().network());
            }
            BenchRow whole = row.with(network);
            table.row(whole);
            wrong += Math.max(0, whole.wrong());
            if (json != null) {
                json.println(whole.toJson());
                json.flush();
            }
        }
    }

    private final class Listening implements AgentLink {
        private final AgentLink agent;

        Listening(AgentLink agent) {
            this.agent = agent;
        }

        @Override
        public void start(NodeJob job, Consumer<AgentEvent> events) {
            agent.start(job, event -> {
                if (event instanceof AgentEvent.Output output && output.channel() == Channel.RESULT) {
                    result(job.node(), output.text());
                } else {
                    events.accept(event);
                }
            });
        }

        @Override
        public void goOn(NodeJob next, Set<Integer> replaced) {
            agent.goOn(next, replaced);
        }

        @Override
        public void stop() {
            agent.stop();
        }

        @Override
        public void kill() {
            agent.kill();
        }

        @Override
        public void close() {
            agent.close();
        }
    }
}
