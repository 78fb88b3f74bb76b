package io.witan.benchmarks.network;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.witan.collectives.aeron.AeronAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** One end of a plain Aeron stream over the channel that ranks use: what the collectives are measured against. */
final class StreamRole implements AutoCloseable {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int STREAM = 77;
    private static final int FRAGMENTS = 32;

    private final Aeron aeron;
    private final ExclusivePublication publication;
    private final Subscription subscription;
    private final UnsafeBuffer outgoing;
    private final UnsafeBuffer incoming;
    private final Supplier<IdleStrategy> waiting;
    private long arrived;

    /** @param peer the rank at the other end, on another node */
    StreamRole(AeronAddress address, int peer, long volumeBytes, Supplier<IdleStrategy> waiting) {
        this.waiting = waiting;
        aeron = Aeron.connect(
                new Aeron.Context().aeronDirectoryName(address.directory().toString()));
        subscription = aeron.addSubscription(
                "aeron:udp?endpoint=" + address.endpoints().get(address.rank()), STREAM);
        publication = aeron.addExclusivePublication(address.publicationChannel(peer, 1), STREAM);
        outgoing = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.toIntExact(volumeBytes)));
        incoming = new UnsafeBuffer(ByteBuffer.allocateDirect(outgoing.capacity()));
    }

    String channel() {
        return publication.channel();
    }

    /** Copies the volume into the stream. */
    long send() {
        BufferClaim claim = new BufferClaim();
        IdleStrategy idle = waiting.get();
        long startNs = System.nanoTime();
        int sent = 0;
        while (sent < outgoing.capacity()) {
            int bytes = Math.min(publication.maxPayloadLength(), outgoing.capacity() - sent);
            if (publication.tryClaim(bytes, claim) > 0) {
                claim.buffer().putBytes(claim.offset(), outgoing, sent, bytes);
                claim.commit();
                sent += bytes;
                idle.reset();
            } else {
                checkDeadline(startNs, "to be taken");
                idle.idle();
            }
        }
        return System.nanoTime() - startNs;
    }

    /** Copies the volume out of the stream. @return nanoseconds from the first byte to the last */
    long receive() {
        arrived = 0;
        IdleStrategy idle = waiting.get();
        FragmentHandler copy = (buffer, offset, length, header) -> {
            incoming.putBytes((int) arrived, buffer, offset, length);
            arrived += length;
        };
        long startNs = System.nanoTime();
        long firstNs = 0;
        while (arrived < incoming.capacity()) {
            if (subscription.poll(copy, FRAGMENTS) == 0) {
                checkDeadline(startNs, "to arrive");
                idle.idle();
            } else {
                firstNs = firstNs == 0 ? System.nanoTime() : firstNs;
                idle.reset();
            }
        }
        return System.nanoTime() - firstNs;
    }

    private static void checkDeadline(long startNs, String what) {
        if (System.nanoTime() - startNs > DEADLINE_NS) {
            throw new IllegalStateException("stream: bytes wait for more than 60 s " + what);
        }
    }

    @Override
    public void close() {
        aeron.close();
    }
}
