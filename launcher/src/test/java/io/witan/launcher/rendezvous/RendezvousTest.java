package io.witan.launcher.rendezvous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.message.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RendezvousTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final List<String> notes = new CopyOnWriteArrayList<>();
    private Rendezvous rendezvous;

    /** An agent without ranks, which notes what it is told and ends when it is stopped or closed. */
    private static final class QuietAgent implements AgentLink {
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private Consumer<AgentEvent> events;

        @Override
        public void start(NodeJob job, Consumer<AgentEvent> sink) {
            events = sink;
            calls.add("start " + job.name());
            sink.accept(new AgentEvent.Note("started " + job.name()));
        }

        @Override
        public void goOn(NodeJob next, Set<Integer> replaced) {
            calls.add("go on " + next.run().attempt() + " " + replaced);
        }

        @Override
        public void stop() {
            calls.add("stop");
            events.accept(new AgentEvent.Finished());
        }

        @Override
        public void kill() {
            calls.add("kill");
        }

        @Override
        public void close() {
            calls.add("close");
            if (events != null) {
                events.accept(new AgentEvent.Failed(1, "closed"));
            }
        }
    }

    @BeforeEach
    void listen() {
        rendezvous = Rendezvous.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), SocketPair.KEY);
    }

    @AfterEach
    void stopListening() {
        rendezvous.close();
    }

    private CompletableFuture<Integer> dial(AgentLink agent, Joining joining, RunKey key) {
        Dialler dialler = new Dialler("127.0.0.1", rendezvous.address().getPort(), key, Duration.ofSeconds(2));
        return SocketPair.aside(() -> dialler.serve(agent, joining));
    }

    private CompletableFuture<Integer> dial(Joining joining) {
        return dial(new QuietAgent(), joining, SocketPair.KEY);
    }

    private static Joining node(int process, int processes, String name) {
        return new Joining("1", process, processes, processes, name);
    }

    private Map<Integer, SocketAgent> gather(int processes, Duration timeout, String... others)
            throws InterruptedException {
        return rendezvous.gather(new Expected("1", processes, 1, List.of(others)), timeout, notes::add);
    }

    private static NodeJob job(String name) {
        RunSpec run = new RunSpec(
                "0",
                List.of(1, 1),
                List.of(),
                "",
                "0",
                new RunSpec.Processes(1, Binding.NONE, "1g", 0),
                RunSpec.Output.into(""),
                "",
                new RunSpec.Attempts(0, 3, 0, 0));
        return new NodeJob(run, 1, name);
    }

    @Test
    void agentsComeInAnyOrderAndAreServed() throws Exception {
        QuietAgent late = new QuietAgent();
        CompletableFuture<Integer> c = dial(late, node(3, 2, "c"), SocketPair.KEY);
        QuietAgent early = new QuietAgent();
        CompletableFuture<Integer> b = dial(early, node(1, 2, "b"), SocketPair.KEY);
        Map<Integer, SocketAgent> agents = gather(5, LONG, "b", "c");
        assertThat(agents.keySet()).containsExactly(1, 3);
        assertThat(agents.get(3).joining().node()).isEqualTo("c");
        assertThat(agents.get(3).address()).isEqualTo("127.0.0.1");

        LinkedBlockingQueue<AgentEvent> events = new LinkedBlockingQueue<>();
        agents.get(3).start(job("c"), events::add);
        assertThat(events.take()).isEqualTo(new AgentEvent.Note("started c"));
        agents.get(3).goOn(job("c"), Set.of(1));
        agents.get(3).kill();
        agents.get(3).stop();
        assertThat(events.take()).isEqualTo(new AgentEvent.Finished());
        agents.values().forEach(SocketAgent::close);
        assertThat(c.get()).isZero();
        assertThat(late.calls).startsWith("start c", "go on 0 [1]", "kill", "stop");
        assertThat(b.get()).as("it was let go before it had a job").isZero();
        assertThat(early.calls).doesNotContain("start b");
        assertThat(notes).isEmpty();
    }

    @Test
    void aLostAgentIsNamedOnce() throws Exception {
        CompletableFuture<Map<Integer, SocketAgent>> gathered = gatherAside(2);
        SocketAgent agent;
        LinkedBlockingQueue<AgentEvent> events = new LinkedBlockingQueue<>();
        try (Socket socket = new Socket("127.0.0.1", rendezvous.address().getPort())) {
            SealedLines far = Handshake.dial(socket, SocketPair.KEY, LONG);
            far.send(Wire.encode(node(1, 1, "b")));
            assertThat(Wire.decode(far.receive(), Joining.Answer.class).refusal())
                    .isEmpty();
            agent = gathered.join().get(1);
            agent.start(job("b"), events::add);
            assertThat(Wire.decode(far.receive(), NodeJob.class)).isEqualTo(job("b"));
        }
        assertThat(events.take()).isInstanceOfSatisfying(AgentEvent.Failed.class, failed -> {
            assertThat(failed.code()).isEqualTo(ExitCode.PEER_LOST.code());
            assertThat(failed.message()).startsWith("the node's agent at 127.0.0.1 was lost; ");
        });
        agent.stop();
        agent.close();
        assertThat(events).isEmpty();
    }

    @Test
    void anAgentWhoseLauncherIsLostEndsItsRanks() throws Exception {
        QuietAgent agent = new QuietAgent();
        rendezvous.close();
        try (ServerSocket launcher = new ServerSocket()) {
            launcher.setReuseAddress(true);
            launcher.bind(rendezvous.address());
            CompletableFuture<Integer> code = dial(agent, node(1, 1, "b"), SocketPair.KEY);
            try (Socket socket = launcher.accept()) {
                SealedLines near = Handshake.accept(socket, SocketPair.KEY, LONG);
                assertThat(Wire.decode(near.receive(), Joining.class)).isEqualTo(node(1, 1, "b"));
                near.send(Wire.encode(new Joining.Answer("")));
                near.send(Wire.encode(job("b")));
                assertThat(near.receive()).contains("started b");
            }
            assertThat(code.get()).isEqualTo(ExitCode.PEER_LOST.code());
            assertThat(agent.calls).startsWith("start b", "close");
        }
    }

    @Test
    void aNodeThatDoesNotComeIsNamed() throws Exception {
        CompletableFuture<Integer> code = dial(node(2, 1, "c"));
        assertThatThrownBy(() -> gather(3, Duration.ofSeconds(6), "b", "c"))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.RENDEZVOUS))
                .hasMessageMatching("nodes \\[b] did not come, \\[c] did within 6 s to 127.0.0.1:\\d+");
        assertThat(code.get()).as("the launcher says it").isZero();
    }

    @Test
    void whereTheEngineTellsNoNamesTheProcessesAreCounted() {
        assertThatThrownBy(() -> gather(4, SHORT))
                .hasMessageStartingWith("nodes with 3 of 4 processes did not come within 0 s to 127.0.0.1:");
    }

    @Test
    void theSameNodeTwiceIsRefusedByName() throws Exception {
        CompletableFuture<Integer> first = dial(node(1, 1, "b"));
        CompletableFuture<Map<Integer, SocketAgent>> agents = gatherAside(3);
        CompletableFuture<Integer> second;
        do {
            second = dial(node(1, 1, "b2"));
            second.exceptionally(_ -> 0);
            first = first.isCompletedExceptionally() ? second : first;
            Thread.sleep(20);
        } while (notes.isEmpty());
        assertThat(notes.getFirst())
                .matches(
                        "refused: node b2? \\(127.0.0.1\\) came as process 1, which node b2? \\(127.0.0.1\\) is already");
        CompletableFuture<Integer> last = dial(node(2, 1, "c"));
        agents.join().values().forEach(SocketAgent::close);
        assertThat(last.get()).isZero();
    }

    private CompletableFuture<Map<Integer, SocketAgent>> gatherAside(int processes) {
        return SocketPair.aside(() -> gather(processes, LONG));
    }

    @Test
    void anotherVersionIsRefusedByNameOnBothSides() {
        CompletableFuture<Integer> code = dial(new Joining("2", 1, 1, 1, "b"));
        String why = "node b (127.0.0.1) runs witan 2, the launcher witan 1; all need the same";
        assertThatThrownBy(() -> gather(2, LONG, "b"))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessage(why);
        assertThatThrownBy(code::join)
                .hasMessageContaining("refused by the launcher at")
                .hasMessageContaining(why);
    }

    @Test
    void moreProcessesThanThereAreAreRefused() {
        CompletableFuture<Integer> code = dial(node(1, 5, "b"));
        CompletableFuture<Map<Integer, SocketAgent>> agents = gatherAside(3);
        assertThatThrownBy(code::join)
                .hasMessageContaining("with 5 processes and 5 ranks, but 2 of 3 processes are missing");
        CompletableFuture<Integer> right = dial(node(1, 2, "b"));
        agents.join().values().forEach(SocketAgent::close);
        assertThat(right.join()).isZero();
    }

    @Test
    void strangersAreCountedInOneLineAndDisturbNobody() throws Exception {
        CompletableFuture<Integer> otherRun = dial(new QuietAgent(), node(1, 1, "x"), SocketPair.OTHER_KEY);
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            silent.add(new Socket("127.0.0.1", rendezvous.address().getPort()));
        }
        try (Socket scanner = new Socket("127.0.0.1", rendezvous.address().getPort())) {
            SocketPair.say(scanner, "GET / HTTP/1.1");
            CompletableFuture<Map<Integer, SocketAgent>> agents = gatherAside(2);
            assertThat(SocketPair.hear(scanner)).as("is hung up on").isEmpty();
            CompletableFuture<Integer> code = dial(node(1, 1, "b"));
            agents.join().values().forEach(SocketAgent::close);
            assertThat(code.get()).isZero();
        }
        assertThatThrownBy(otherRun::join).hasMessageContaining("was not to be had within 2 s; at last: ");
        assertThat(notes)
                .singleElement()
                .asString()
                .matches("(a connection was|\\d+ connections were) dropped.* from 127.0.0.1, which .*");
        for (Socket socket : silent) {
            socket.close();
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() {
        assertThatThrownBy(() -> Rendezvous.open(rendezvous.address(), SocketPair.KEY))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining("is not to be had (Address already in use)");
    }

    @Test
    void anAddressOfAnotherMachineIsSaid() throws Exception {
        InetSocketAddress elsewhere = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 40500);
        assertThatThrownBy(() -> Rendezvous.open(elsewhere, SocketPair.KEY))
                .hasMessageContaining("it must be an address of the first node, and a free port");
    }

    @Test
    void aLauncherThatIsNotThereIsNamedWithTheTime() {
        rendezvous.close();
        Dialler dialler =
                new Dialler("127.0.0.1", rendezvous.address().getPort(), SocketPair.KEY, Duration.ofMillis(300));
        assertThatThrownBy(() -> dialler.serve(new QuietAgent(), node(1, 1, "b")))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.RENDEZVOUS))
                .hasMessageContaining("was not to be had within 0 s; at last: Connection refused");
        Dialler unknown = new Dialler("no-such-host.invalid", 40500, SocketPair.KEY, Duration.ofMillis(10));
        assertThatThrownBy(() -> unknown.serve(new QuietAgent(), node(1, 1, "b")))
                .hasMessageContaining("the name no-such-host.invalid is not known here");
    }
}
