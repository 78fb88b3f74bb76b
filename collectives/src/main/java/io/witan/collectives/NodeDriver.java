package io.witan.collectives;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.status.SystemCounterDescriptor;
import io.aeron.driver.status.SystemCounters;
import io.witan.collectives.aeron.AeronAddress;
import io.witan.collectives.aeron.LossyEndpoints;
import io.witan.collectives.shared.SharedTransport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;

/**
 * The media driver of one node, embedded in this process; the ranks of the node share it. Its directory, best under /dev/shm,
 * disappears with it; {@link #sweep} removes those of killed processes.
 */
public final class NodeDriver implements AutoCloseable {
    /** For {@link #start(Path)}; larger deadlines need {@link #start(Path, Duration)}. */
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);

    /** How many threads a driver has, 1 to 3: one for all, one for the network, or one each for sending and receiving. */
    static final String THREADS_PROPERTY = "witan.driver.threads";

    private static final int IPC_TERM_BYTES = 1024 * 1024;
    /** For 8,192 counters, with their labels 5 MB of shared memory; by default it would be 40 MB. */
    private static final int COUNTER_BYTES = 1024 * 1024;

    /** The driver's own files. */
    private static final long DRIVER_BYTES = 12L << 20;

    private static final int SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
    private static final int LEAST_SOCKET_BUFFER_BYTES = 128 * 1024;
    /**
     * Reached only after as long without traffic; bounds the idle driver to about a thousand looks a second. A tenth of it
     * doubled what an idle driver costs and made small operations between nodes no faster.
     */
    private static final long MAX_IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * Times that derive from the deadline of operations: a dead driver is noticed before an operation's deadline, and Aeron
     * gives up a silent client or stream only after it.
     */
    record Timeouts(long clientLivenessNs, long unblockNs, long driverNs) {
        private static final long LEAST_NS = TimeUnit.SECONDS.toNanos(10);
        private static final long LEAST_DRIVER_NS = TimeUnit.SECONDS.toNanos(2);
        private static final long MOST_DRIVER_NS = TimeUnit.SECONDS.toNanos(4);

        static Timeouts of(Duration deadline) {
            long liveness = Math.max(LEAST_NS, 2 * deadline.toNanos());
            return new Timeouts(
                    liveness,
                    liveness + LEAST_NS / 2,
                    Math.clamp(deadline.toNanos() / 2, LEAST_DRIVER_NS, MOST_DRIVER_NS));
        }
    }

    /**
     * What the network did to the driver's UDP streams since it started.
     *
     * @param dropped datagrams thrown away by {@link Loss}; those lost elsewhere show as NAKs only
     * @param naksSent requests to repeat data, sent by receivers of this node
     * @param naksReceived requests to repeat data, received by senders of this node
     * @param retransmits answers to those
     */
    public record Counts(long dropped, long naksSent, long naksReceived, long retransmits) {}

    private final RunDirectory directory;
    private final MediaDriver driver;
    private final LossyEndpoints endpoints;
    private final Thread shutdownHook;
    private Counts lastCounts;
    private boolean closed;

    private NodeDriver(RunDirectory directory, MediaDriver driver, LossyEndpoints endpoints) {
        this.directory = directory;
        this.driver = driver;
        this.endpoints = endpoints;
        this.shutdownHook = new Thread(this::stop, "witan-driver-shutdown");
    }

    /** As {@link #start(Path, Duration)} for operations of at most {@link #DEFAULT_DEADLINE}. */
    public static NodeDriver start(Path directory) {
        return start(directory, DEFAULT_DEADLINE);
    }

    /**
     * Starts a driver in a directory, which is made, or emptied first if it is there.
     *
     * @param deadline the longest deadline of operations over this driver
     * @throws CollectiveException TRANSPORT if it cannot start
     */
    public static NodeDriver start(Path directory, Duration deadline) {
        return start(directory, deadline, Loss.NONE);
    }

    /** As {@link #start(Path, Duration)}, on a network that loses datagrams on purpose. */
    public static NodeDriver start(Path directory, Duration deadline, Loss loss) {
        GroupConfig.requirePositive("deadline", deadline);
        try {
            MediaDriver.Context context = context(directory, Timeouts.of(deadline));
            LossyEndpoints endpoints = new LossyEndpoints(loss.rate(), loss.seed());
            if (loss.rate() > 0) {
                context.receiveChannelEndpointSupplier(endpoints);
            }
            MediaDriver driver = MediaDriver.launch(context);
            return afterLaunch(directory, driver, endpoints);
        } catch (RuntimeException | IOException broken) {
            throw new CollectiveException(
                    CollectiveException.Kind.TRANSPORT,
                    -1,
                    "media driver cannot start in " + directory + ": " + broken.getMessage());
        }
    }

    /** The directory is locked only now, as a starting driver deletes what it finds there. */
    private static NodeDriver afterLaunch(Path directory, MediaDriver driver, LossyEndpoints endpoints)
            throws IOException {
        try {
            NodeDriver node = new NodeDriver(RunDirectory.claim(directory), driver, endpoints);
            Runtime.getRuntime().addShutdownHook(node.shutdownHook);
            return node;
        } catch (IOException refused) {
            driver.close();
            throw refused;
        }
    }

    /** The usual directory of a run's driver started by this process, as {@link RunDirectory#named} has it. */
    public static Path directory(Path parent, long runId) {
        return RunDirectory.named(parent, runId);
    }

    /**
     * Deletes the directories of dead runs under {@code parent}, as {@link RunDirectory#sweep} does.
     *
     * @return how many
     */
    public static int sweep(Path parent) {
        return RunDirectory.sweep(parent).size();
    }

    /**
     * Deletes the shared memory of a rank that was killed, which its peers do only if they see it die. Once its process is gone.
     *
     * @param directory of the node's driver
     * @param runId of the world in which the rank was
     */
    public static void deleteLeftovers(Path directory, long runId, int rank) {
        SharedTransport.deleteLeftovers(directory, runId, rank);
    }

    /**
     * Shared memory that a driver and the ranks of its node can fill, without registered buffers and sub-groups, in bytes.
     *
     * @param localRanks on the node
     * @param remoteRanks on all others
     */
    public static long sharedMemoryBytes(int localRanks, int remoteRanks, DataPath path) {
        long rings = path == DataPath.SHARED_MEMORY
                ? SharedTransport.ringBytes(localRanks, CommunicatorGroup.LANE_COUNT)
                : 0;
        long logs = AeronAddress.logBytes(
                localRanks, remoteRanks, 1 + CommunicatorGroup.LANE_COUNT, path == DataPath.AERON);
        return DRIVER_BYTES + rings + logs;
    }

    public Path directory() {
        return directory.path();
    }

    /** Counts so far; of a closed driver, those when it closed. Any thread. */
    public synchronized Counts counts() {
        if (closed) {
            return lastCounts;
        }
        SystemCounters counters = driver.context().systemCounters();
        return new Counts(
                endpoints.dropped(),
                counters.get(SystemCounterDescriptor.NAK_MESSAGES_SENT).get(),
                counters.get(SystemCounterDescriptor.NAK_MESSAGES_RECEIVED).get(),
                counters.get(SystemCounterDescriptor.RETRANSMITS_SENT).get());
    }

    /** Stops the driver and deletes its directory. Clients should be closed before. */
    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException atShutdown) {
            return;
        }
    }

    private synchronized void stop() {
        if (!closed) {
            lastCounts = counts();
            closed = true;
            driver.close();
            // With what ranks have left in it, which the driver could not delete.
            // What a client still makes in it is left to the next sweep.
            CloseHelper.quietClose(directory);
        }
    }

    private static MediaDriver.Context context(Path directory, Timeouts timeouts) {
        int buffer = socketBufferBytes();
        return new MediaDriver.Context()
                .aeronDirectoryName(directory.toString())
                .dirDeleteOnStart(true)
                .termBufferSparseFile(true)
                .threadingMode(threadingMode())
                // It resolves host names, of which there are none here, and would look for them a thousand times a
                // second.
                .asyncExecutorEnabled(false)
                .conductorIdleStrategy(idle())
                .sharedIdleStrategy(idle())
                .sharedNetworkIdleStrategy(idle())
                .senderIdleStrategy(idle())
                .receiverIdleStrategy(idle())
                .conductorThreadFactory(NodeDriver::daemon)
                .sharedThreadFactory(NodeDriver::daemon)
                .sharedNetworkThreadFactory(NodeDriver::daemon)
                .senderThreadFactory(NodeDriver::daemon)
                .receiverThreadFactory(NodeDriver::daemon)
                .counterValuesBufferLength(COUNTER_BYTES)
                .ipcTermBufferLength(IPC_TERM_BYTES)
                .publicationTermBufferLength(IPC_TERM_BYTES)
                .socketRcvbufLength(buffer)
                .socketSndbufLength(buffer)
                .initialWindowLength(buffer)
                .clientLivenessTimeoutNs(timeouts.clientLivenessNs())
                .publicationUnblockTimeoutNs(timeouts.unblockNs())
                .imageLivenessTimeoutNs(timeouts.clientLivenessNs())
                .publicationConnectionTimeoutNs(timeouts.clientLivenessNs());
    }

    private static ThreadingMode threadingMode() {
        String threads = System.getProperty(THREADS_PROPERTY, "2");
        return switch (threads) {
            case "1" -> ThreadingMode.SHARED;
            case "2" -> ThreadingMode.SHARED_NETWORK;
            case "3" -> ThreadingMode.DEDICATED;
            default ->
                throw new IllegalArgumentException("-D" + THREADS_PROPERTY + "=" + threads + " is not 1, 2 or 3");
        };
    }

    private static BackoffIdleStrategy idle() {
        return new BackoffIdleStrategy(10, 20, 1000, MAX_IDLE_NS);
    }

    /** What the kernel grants of 4 MB; the receiver window may not be longer. */
    private static int socketBufferBytes() {
        return Math.clamp(
                Math.min(kernelLimit("rmem_max"), kernelLimit("wmem_max")),
                LEAST_SOCKET_BUFFER_BYTES,
                SOCKET_BUFFER_BYTES);
    }

    private static long kernelLimit(String name) {
        // One read of a whole buffer: /proc/sys answers a second read with end-of-file, after however little the first
        // took.
        try (BufferedReader limit = Files.newBufferedReader(Path.of("/proc/sys/net/core", name))) {
            return Long.parseLong(limit.readLine().strip());
        } catch (IOException | UncheckedIOException | NumberFormatException unknown) {
            return LEAST_SOCKET_BUFFER_BYTES;
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "witan-media-driver");
        thread.setDaemon(true);
        return thread;
    }
}
