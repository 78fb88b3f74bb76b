package io.witan.benchmarks.network;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.witan.collectives.aeron.AeronAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
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
    private final UnsafeBuffer memory;
    private final IdleStrategy idle;
    private long arrived;

    /** @param peer the rank at the other end, on another node */
    StreamRole(AeronAddress address, int peer, long volumeBytes, IdleStrategy idle) {
        this.idle = idle;
        aeron = Aeron.connect(
                new Aeron.Context().aeronDirectoryName(address.directory().toString()));
        subscription = aeron.addSubscription(
                "aeron:udp?endpoint=" + address.endpoints().get(address.rank()), STREAM);
        publication = aeron.addExclusivePublication(address.publicationChannel(peer, 1), STREAM);
        memory = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.toIntExact(volumeBytes)));
    }

    String channel() {
        return publication.channel();
    }

    /** Copies the volume into the stream. */
    long send() {
        BufferClaim claim = new BufferClaim();
        long startNs = System.nanoTime();
        int sent = 0;
        while (sent < memory.capacity()) {
            int bytes = Math.min(publication.maxPayloadLength(), memory.capacity() - sent);
            if (publication.tryClaim(bytes, claim) > 0) {
                claim.buffer().putBytes(claim.offset(), memory, sent, bytes);
                claim.commit();
                sent += bytes;
                idle.reset();
            } else {
                rest(startNs, "to be taken");
            }
        }
        return System.nanoTime() - startNs;
    }

    /** Copies the volume out of the stream. @return nanoseconds from the first byte to the last */
    long receive() {
        arrived = 0;
        FragmentHandler copy = (buffer, offset, length, header) -> {
            memory.putBytes((int) arrived, buffer, offset, length);
            arrived += length;
        };
        long startNs = System.nanoTime();
        long firstNs = 0;
        while (arrived < memory.capacity()) {
            if (subscription.poll(copy, FRAGMENTS) == 0) {
                rest(startNs, "to arrive");
            } else {
                firstNs = firstNs == 0 ? System.nanoTime() : firstNs;
                idle.reset();
            }
        }
        return System.nanoTime() - firstNs;
    }

    private void rest(long startNs, String what) {
        if (System.nanoTime() - startNs > DEADLINE_NS) {
            throw new IllegalStateException("stream: bytes wait for more than 60 s " + what);
        }
        idle.idle();
    }

    @Override
    public void close() {
        aeron.close();
    }
}
