package io.witan.collectives.aeron;

import io.aeron.Aeron;
import io.aeron.CncFileDescriptor;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;

/** One rank's Aeron client with all its publications and subscriptions. */
public final class AeronTransport implements Transport {
    private static final long DRIVER_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** Every how many polls of the control stream the client looks after itself; those come each 10 ms at least. */
    private static final int POLLS_PER_SERVICE = 16;

    /** What a client maps in its driver's directory. */
    private static final List<String> FILES = List.of(CncFileDescriptor.CNC_FILE, "publications", "images");

    /** All of memory, so that log buffers, known by address, are copied without an object a frame. */
    private static final MemorySegment MEMORY = everything();

    private final AeronAddress address;
    private final Aeron aeron;
    /** Run by whoever polls: on a thread of its own it could unmap a log, when the driver dies, while a frame is read. */
    private final AgentInvoker conductor;

    private int polls;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final FrameWriter[][] writers;
    private final int[] maxPayloadBytes;
    private final List<List<FragmentGate>> gates = new ArrayList<>();

    private AeronTransport(AeronAddress address) {
        this.address = address;
        this.writers = new FrameWriter[address.topology().rankCount()][address.streamCount()];
        this.maxPayloadBytes = new int[address.topology().rankCount()];
        this.aeron = Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(address.directory().toString())
                .driverTimeoutMs(TimeUnit.NANOSECONDS.toMillis(address.driverTimeoutNs()))
                .useConductorAgentInvoker(true)
                .errorHandler(this::onError)
                .subscriberErrorHandler(this::onError));
        this.conductor = aeron.conductorAgentInvoker();
    }

    /**
     * Connects to the node's media driver and opens all streams; peers need not be there yet.
     *
     * @param driverWait how long to wait for the driver to be there
     * @throws TransportException if there is no driver, or an endpoint cannot be used
     */
    public static AeronTransport open(AeronAddress address, Duration driverWait) {
        awaitDriver(address.directory(), driverWait);
        AeronTransport transport;
        try {
            transport = new AeronTransport(address);
        } catch (AeronException noDriver) {
            throw new TransportException(
                    "no media driver in " + address.directory() + ": " + firstLine(noDriver), noDriver);
        }
        try {
            transport.subscribe();
            transport.publish();
            return transport;
        } catch (RuntimeException refused) {
            transport.close();
            throw new TransportException(
                    "rank " + address.rank() + " cannot open its streams in " + address.directory() + ": "
                            + firstLine(refused),
                    refused);
        }
    }

    @Override
    public int maxPayloadBytes(int target) {
        return maxPayloadBytes[target];
    }

    @Override
    public boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        requireHealthy();
        FrameWriter writer = writers[target][stream];
        long position = writer.write(header, payload, payloadAt, payloadBytes);
        if (position < 0) {
            requireOpen(position, target);
            return false;
        }
        return true;
    }

    @Override
    public int poll(int stream, FrameHandler handler, int frameLimit) {
        if (stream == CONTROL_STREAM && ++polls % POLLS_PER_SERVICE == 0) {
            conductor.invoke();
        }
        requireHealthy();
        int taken = 0;
        for (FragmentGate gate : gates.get(stream)) {
            taken += gate.poll(handler, frameLimit);
        }
        return taken;
    }

    @Override
    public void addFiles(Collection<Path> files) {
        for (String name : FILES) {
            files.add(address.directory().resolve(name));
        }
    }

    @Override
    public void close() {
        CloseHelper.quietClose(aeron);
    }

    private static void awaitDriver(Path directory, Duration wait) {
        Path mark = directory.resolve(CncFileDescriptor.CNC_FILE);
        long endNs = System.nanoTime() + wait.toNanos();
        while (!Files.exists(mark)) {
            if (System.nanoTime() - endNs >= 0) {
                throw new TransportException(
                        String.format("no media driver in %s within %.1f s", directory, wait.toNanos() / 1e9));
            }
            LockSupport.parkNanos(DRIVER_LOOK_NS);
        }
    }

    private void subscribe() {
        for (int stream = 0; stream < address.streamCount(); stream++) {
            List<FragmentGate> ways = new ArrayList<>();
            if (address.isInside(stream)) {
                ways.add(gate(AeronAddress.ipcChannel(), address.ipcStreamId(address.rank(), stream)));
            }
            if (address.hasRemotePeers()) {
                ways.add(gate(address.subscriptionChannel(), address.udpStreamId(stream)));
            }
            gates.add(ways);
        }
    }

    private FragmentGate gate(String channel, int streamId) {
        FragmentGate gate = new FragmentGate(MEMORY);
        gate.listen(aeron.addSubscription(channel, streamId, _ -> {}, gate::forget));
        return gate;
    }

    private void publish() {
        for (int peer = 0; peer < writers.length; peer++) {
            boolean local = address.isLocal(peer);
            for (int stream = 0; peer != address.rank() && stream < address.streamCount(); stream++) {
                if (!local || address.isInside(stream)) {
                    writers[peer][stream] = writer(peer, stream);
                    maxPayloadBytes[peer] = writers[peer][stream].maxPayloadBytes();
                }
            }
        }
    }

    private FrameWriter writer(int peer, int stream) {
        int streamId = address.isLocal(peer) ? address.ipcStreamId(peer, stream) : address.udpStreamId(stream);
        return new FrameWriter(
                aeron.addExclusivePublication(address.publicationChannel(peer, stream), streamId),
                MEMORY,
                address.longestFragmentedBytes(peer, stream));
    }

    private void requireOpen(long position, int target) {
        if (position == Publication.CLOSED) {
            requireHealthy();
            throw new TransportException("media driver in " + address.directory() + ": gone, streams are closed");
        }
        if (position == Publication.MAX_POSITION_EXCEEDED) {
            throw new TransportException("stream to rank " + target + " has reached its largest position");
        }
    }

    private void requireHealthy() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new TransportException("media driver in " + address.directory() + ": " + firstLine(cause), cause);
        }
    }

    /** Any thread. Warnings, such as an unresolved name that is tried again, do not end the transport. */
    private void onError(Throwable error) {
        boolean warning = error instanceof AeronException known && known.category() == AeronException.Category.WARN;
        if (!warning) {
            failure.compareAndSet(null, error);
        }
    }

    private static String firstLine(Throwable error) {
        String text = String.valueOf(error.getMessage());
        return text.lines().findFirst().orElse(error.getClass().getSimpleName());
    }

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }
}
