package io.witan.benchmarks.network;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.witan.collectives.aeron.AeronAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** One end of a plain Aeron stream over the channel that ranks use: what the collectives are measured against. */
final class StreamRole implements AutoCloseable {
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int STREAM = 77;
    private static final int FRAGMENTS = 32;
    private static final DirectBuffer GREETING = new UnsafeBuffer(new byte[Long.BYTES]);

    private final Aeron aeron;
    private final ExclusivePublication publication;
    private final Subscription subscription;
    private final UnsafeBuffer outgoing;
    private final UnsafeBuffer incoming;
    private final Supplier<IdleStrategy> waiting;
    private int arrived;
    private long sentRounds;
    private long receivedRounds;

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

    /** Copies the volume into the stream. @return nanoseconds from when both ends are ready to the last byte */
    long send() {
        fill();
        meet();
        long startNs = System.nanoTime();
        copyIn(outgoing, outgoing.capacity());
        return System.nanoTime() - startNs;
    }

    /** Copies the volume out of the stream. @return as {@link #send} */
    long receive() {
        meet();
        long startNs = System.nanoTime();
        copyOut(incoming.capacity(), FRAGMENTS);
        long ns = System.nanoTime() - startNs;
        check();
        return ns;
    }

    /** Both at once. @return nanoseconds from when both ends are ready to the last byte that arrives */
    long exchange() {
        fill();
        meet();
        long startNs = System.nanoTime();
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> copyIn(outgoing, outgoing.capacity()));
        copyOut(incoming.capacity(), FRAGMENTS);
        long ns = System.nanoTime() - startNs;
        sending.orTimeout(DEADLINE_NS, TimeUnit.NANOSECONDS).join();
        check();
        return ns;
    }

    /** What a barrier is for ranks: each end greets the other when it is ready, and goes on when it is greeted. */
    private void meet() {
        copyIn(GREETING, GREETING.capacity());
        copyOut(GREETING.capacity(), 1);
    }

    private void copyIn(DirectBuffer source, int bytes) {
        BufferClaim claim = new BufferClaim();
        IdleStrategy idle = waiting.get();
        long startNs = System.nanoTime();
        int sent = 0;
        while (sent < bytes) {
            int length = Math.min(publication.maxPayloadLength(), bytes - sent);
            if (publication.tryClaim(length, claim) > 0) {
                claim.buffer().putBytes(claim.offset(), source, sent, length);
                claim.commit();
                sent += length;
                idle.reset();
            } else {
                checkDeadline(startNs, "to be taken");
                idle.idle();
            }
        }
    }

    /** @param fragments taken at once: with 1, none of what follows */
    private void copyOut(int bytes, int fragments) {
        arrived = 0;
        IdleStrategy idle = waiting.get();
        FragmentHandler copy = (buffer, offset, length, header) -> {
            incoming.putBytes(arrived, buffer, offset, length);
            arrived += length;
        };
        long startNs = System.nanoTime();
        while (arrived < bytes) {
            if (subscription.poll(copy, fragments) == 0) {
                checkDeadline(startNs, "to arrive");
                idle.idle();
            } else {
                idle.reset();
            }
        }
    }

    /** Each 8 bytes tell the round and where they belong, so neither old nor misplaced ones pass. */
    private void fill() {
        sentRounds++;
        for (int i = 0; i < outgoing.capacity(); i += Long.BYTES) {
            outgoing.putLong(i, sentRounds << Integer.SIZE | i);
        }
    }

    private void check() {
        receivedRounds++;
        for (int i = 0; i < incoming.capacity(); i += Long.BYTES) {
            long found = incoming.getLong(i);
            long expected = receivedRounds << Integer.SIZE | i;
            if (found != expected) {
                throw new IllegalStateException("stream: round " + receivedRounds + " has " + Long.toHexString(found)
                        + " at byte " + i + ", expected " + Long.toHexString(expected));
            }
        }
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
