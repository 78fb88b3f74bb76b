package io.witan.collectives;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Where a group's registered buffers come from. */
interface BufferSource {
    long ALIGNMENT = 64;

    /** Memory of this process alone, where there is nobody to share it with. */
    BufferSource PRIVATE = new BufferSource() {
        @Override
        @SuppressWarnings("MustBeClosedChecker") // closed by the buffer
        public RegisteredBuffer allocate(long bytes) {
            Arena arena = Arena.ofShared();
            return new RegisteredBuffer(arena.allocate(bytes, ALIGNMENT), arena::close);
        }

        @Override
        public RegisteredBuffer register(Path file, MemorySegment mapping) {
            return new RegisteredBuffer(mapping, () -> {});
        }

        @Override
        public boolean isShared() {
            return false;
        }
    };

    RegisteredBuffer allocate(long bytes);

    RegisteredBuffer register(Path file, MemorySegment mapping);

    /** True if peers on this node can read what comes from here. */
    boolean isShared();
}
