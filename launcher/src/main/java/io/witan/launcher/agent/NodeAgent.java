package io.witan.launcher.agent;

import io.witan.collectives.RunDirectory;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.output.LeftVaults;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.process.RankProcesses;
import io.witan.launcher.process.RankWords;
import io.witan.launcher.process.SharedMemory;
import io.witan.launcher.process.TransportDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Runs one node's ranks in child processes of this process. */
public final class NodeAgent implements AgentLink {
    /** What an agent that was here before may take to leave. */
    private static final Duration LEAVING = Duration.ofSeconds(15);

    private static final AgentEvent CLOSED =
            new AgentEvent.Failed(ExitCode.INTERNAL.code(), "the node's agent was closed before its ranks had ended");

    private final RankWords words;
    private final TransportDriver transport;
    private final NodeCheck check;
    private Consumer<AgentEvent> events;
    private RunDirectory memory;
    private AutoCloseable driver;
    private RankProcesses ranks;
    private boolean ended;

    /** @param check looks at the node before anything is started on it */
    public NodeAgent(JvmSettings jvm, TransportDriver transport, NodeCheck check) {
        this(words(jvm), transport, check);
    }

    /** With ranks that are started by other words. */
    public NodeAgent(RankWords words, TransportDriver transport, NodeCheck check) {
        this.words = words;
        this.transport = transport;
        this.check = check;
    }

    private static RankWords words(JvmSettings jvm) {
        return new RankWords() {
            @Override
            public List<String> of(int rank, String heap, Path logFolder) {
                return jvm.rankCommand(rank, heap, logFolder);
            }

            @Override
            public List<String> ofSpare(String name, String heap, Path logFolder) {
                return jvm.spareCommand(name, heap, logFolder);
            }
        };
    }

    /** Throws when the node cannot take the run. */
    @FunctionalInterface
    public interface NodeCheck {
        /**
         * @param parent folder in which the run's shared memory will lie
         * @param neededBytes shared memory without which it cannot run
         * @return how much more its ranks may take together, for registered buffers
         * @throws io.witan.launcher.exit.LaunchException code ENVIRONMENT, one line
         */
        long check(Path parent, long neededBytes);
    }

    @Override
    public void start(NodeJob job, Consumer<AgentEvent> sink) {
        boolean closedBefore;
        synchronized (this) {
            events = sink;
            closedBefore = ended;
        }
        if (closedBefore) {
            sink.accept(CLOSED);
            return;
        }
        try {
            spawn(job, prepare(job));
        } catch (Exception | LinkageError e) {
            Failure failure = Failure.of(e, List.of());
            end(new AgentEvent.Failed(failure.code().code(), failure.line()));
        }
        releaseIfClosedMeanwhile();
    }

    private void releaseIfClosedMeanwhile() {
        boolean closed;
        synchronized (this) {
            closed = ended;
        }
        if (closed) {
            release(driver);
            release(memory);
        }
    }

    /** Returns how much shared memory the ranks may take together. */
    private long prepare(NodeJob job) throws Exception {
        Path parent = SharedMemory.parent();
        for (Path swept : RunDirectory.sweep(parent)) {
            events.accept(new AgentEvent.Note("removed " + swept + ", left by a run that was killed"));
        }
        LeftVaults.free(parent, Path.of(job.run().output().folder()), line -> events.accept(new AgentEvent.Note(line)));
        long sharedBytes = check.check(parent, job.run().processes().shmBytes());
        if (job.run().worldSize() == 1) {
            return sharedBytes;
        }
        if (job.run().ranksPerNode().size() > 1) {
            EndpointCheck.requireFree(
                    job.run().endpoints().subList(job.firstRank(), job.firstRank() + job.ranks()),
                    job.run().attempt() == 0 ? Duration.ZERO : LEAVING);
        }
        RunDirectory made = SharedMemory.create(parent, job.run().runId());
        synchronized (this) {
            memory = made;
        }
        AutoCloseable started = transport.start(made.path().resolve("aeron"));
        synchronized (this) {
            driver = started;
        }
        return sharedBytes;
    }

    private void spawn(NodeJob job, long sharedBytes) throws IOException {
        String aeron = memory == null ? "" : memory.path().resolve("aeron").toString();
        RankProcesses made = new RankProcesses(words, job, sharedBytes, aeron, this::relay);
        synchronized (this) {
            ranks = made;
            if (ended) {
                return;
            }
        }
        made.start();
    }

    private void relay(AgentEvent event) {
        if (event instanceof AgentEvent.Drained drained) {
            processes().ended(drained);
        }
        events.accept(event);
        if (event instanceof AgentEvent.Drained) {
            endIfOver();
        }
    }

    private void endIfOver() {
        if (processes().areOver()) {
            end(new AgentEvent.Finished());
        }
    }

    private synchronized RankProcesses processes() {
        return ranks;
    }

    @Override
    public void goOn(NodeJob next, Set<Integer> replaced) {
        try {
            processes().goOn(next, replaced);
        } catch (IOException | RuntimeException e) {
            Failure failure = Failure.of(e, List.of());
            end(new AgentEvent.Failed(failure.code().code(), failure.line()));
        }
    }

    @Override
    public void stop() {
        RankProcesses running = processes();
        if (running != null) {
            running.stop();
            endIfOver();
        }
    }

    @Override
    public void kill() {
        killAll();
        if (processes() != null) {
            endIfOver();
        }
    }

    private void killAll() {
        RankProcesses running = processes();
        if (running != null) {
            running.kill();
        }
    }

    @Override
    public void close() {
        end(CLOSED);
    }

    /** Frees everything once, then reports. */
    private void end(AgentEvent last) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        killAll();
        String trouble = release(driver) + release(memory);
        if (events != null) {
            if (!trouble.isEmpty()) {
                events.accept(new AgentEvent.Note("shared memory was not freed: " + trouble));
            }
            events.accept(last);
        }
    }

    private static String release(AutoCloseable resource) {
        if (resource == null) {
            return "";
        }
        try {
            resource.close();
            return "";
        } catch (Exception e) {
            return e + " ";
        }
    }
}
