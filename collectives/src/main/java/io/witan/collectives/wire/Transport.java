package io.witan.collectives.wire;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;

/**
 * One rank's way to its peers. Frames of one (source, target, stream) arrive in order, at most once and unchanged; a frame
 * that was taken arrives unless a process or the transport dies. Stream 0 is control, stream 1 + k is lane k. Not thread safe.
 */
public interface Transport extends AutoCloseable {
    int CONTROL_STREAM = 0;

    /** Parts up to this length are copied, so that their sender may change them at once; but where views are wanted. */
    int LARGEST_COPY_BYTES = 4096;

    /** Longest part of a message that is lent at a time. */
    int LARGEST_LOAN_BYTES = 1 << 30;

    /** Longest payload of one frame to that rank. */
    int maxPayloadBytes(int target);

    /**
     * Hands over one frame, which is copied.
     *
     * @param header of {@link FrameLayout#HEADER_BYTES}
     * @return false under back pressure or while the target is not connected: nothing was taken, try again later
     * @throws TransportException if the transport is broken
     */
    boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes);

    /**
     * Gives frames that have arrived on a stream to the handler.
     *
     * @return frames given and taken
     * @throws TransportException if the transport is broken
     */
    int poll(int stream, FrameHandler handler, int frameLimit);

    /** Whether ranks of a node reach each other's memory over it; those that do not cannot meet those that do. */
    default boolean sharesMemory() {
        return false;
    }

    /**
     * Takes up what a peer of which a sign was heard shares with this rank.
     *
     * @return false if the peer has left meanwhile
     * @throws BadPeerException if it does not fit
     */
    default boolean attach(int peer) {
        return true;
    }

    /** True if the target can read this memory of the sender where it is. */
    default boolean reaches(int target, MemorySegment memory) {
        return false;
    }

    /**
     * As {@link #offer}, but lends the payload, of the length that the header names, which {@link #reaches} the target: it must
     * stay unchanged until {@link #returned} has counted this loan.
     */
    default boolean lend(int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt) {
        throw new IllegalStateException("rank " + target + " reaches no memory of this rank");
    }

    /** How many loans were made to that rank on that stream. */
    default long lent(int target, int stream) {
        return 0;
    }

    /** How many of the loans made to that rank it has given back. */
    default long returned(int target, int stream) {
        return 0;
    }

    /**
     * Gives back all loans taken from that rank, whose bytes have been read.
     *
     * @return false if it has recalled them meanwhile: what was read may be anything
     */
    default boolean giveBack(int source, int stream) {
        return true;
    }

    /** The sender is about to change memory that it has lent on that stream: whoever still reads it shall know. */
    default void recall(int stream) {}

    /** Adds the files that this rank has mapped for its peers' sake, but for memory of its own; a folder stands for all in it. */
    default void addFiles(Collection<Path> files) {}

    /** True if that peer's process has ended, in order or not, and this can be seen from here. */
    default boolean hasEnded(int peer) {
        return false;
    }

    /** Does not wait for peers. */
    @Override
    void close();
}
