package io.witan.collectives;

import java.lang.foreign.Arena;

/** Where a group's registered buffers come from. */
@FunctionalInterface
interface BufferSource {
    long ALIGNMENT = 64;

    /** Memory of this process alone, where there is nobody to share it with. */
    BufferSource PRIVATE = BufferSource::allocatePrivate;

    RegisteredBuffer allocate(long bytes);

    /** Whether peers of the node reach it. */
    default boolean isShared() {
        return this != PRIVATE;
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by the buffer
    private static RegisteredBuffer allocatePrivate(long bytes) {
        Arena arena = Arena.ofShared();
        return new RegisteredBuffer(arena.allocate(bytes, ALIGNMENT), arena::close);
    }
}
