package io.witan.kernels.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arguments of one kernel and its launch; reused from launch to launch, without garbage. Arguments are given in the order of
 * the kernel's parameters:
 *
 * <pre>{@code gelu.with(x).with(y).with(count).launch(blocks, 256);}</pre>
 *
 * <p>Used by one thread at a time.
 */
public final class KernelCall {
    /** Queues a kernel. */
    @FunctionalInterface
    public interface Launcher {
        /** @param call whose {@link #pointers} and {@link #describe} hold until this returns */
        void launch(KernelCall call, Grid grid);
    }

    /**
     * Size of a launch.
     *
     * @param x blocks
     * @param y rows of blocks
     * @param threads of a block
     * @param sharedBytes dynamic shared memory of a block
     */
    public record Grid(int x, int y, int threads, int sharedBytes) {}

    private static final int MOST_ARGUMENTS = 40;
    /** Bytes kept for an argument; none is wider. */
    private static final int SLOT = Long.BYTES;

    private final String name;
    private final Launcher launcher;
    private final MemorySegment values;
    private final MemorySegment pointers;
    private final StringBuilder shown = new StringBuilder();
    private int count;

    /** @param arena of the argument memory */
    public KernelCall(String name, Arena arena, Launcher launcher) {
        this.name = name;
        this.launcher = launcher;
        values = arena.allocate((long) MOST_ARGUMENTS * SLOT, SLOT);
        pointers = arena.allocate((long) MOST_ARGUMENTS * Long.BYTES, Long.BYTES);
        for (int i = 0; i < MOST_ARGUMENTS; i++) {
            pointers.setAtIndex(JAVA_LONG, i, values.address() + (long) i * SLOT);
        }
    }

    public KernelCall with(MemorySegment device) {
        values.set(JAVA_LONG, next(), device.address());
        return this;
    }

    public KernelCall with(int value) {
        values.set(JAVA_INT, next(), value);
        return this;
    }

    public KernelCall with(long value) {
        values.set(JAVA_LONG, next(), value);
        return this;
    }

    public KernelCall with(float value) {
        values.set(JAVA_FLOAT, next(), value);
        return this;
    }

    /** Where the next argument goes. */
    private long next() {
        if (count == MOST_ARGUMENTS) {
            throw new IllegalArgumentException(name + ": more than " + MOST_ARGUMENTS + " arguments");
        }
        return (long) count++ * SLOT;
    }

    /** Queues it on {@code blocks} blocks and forgets the arguments; with no blocks nothing is queued. */
    public void launch(long blocks, int threads) {
        launch(blocks, 1, threads, 0);
    }

    /** As {@link #launch(long, int)}, on {@code rows} rows of blocks with dynamic shared memory. */
    public void launch(long blocks, int rows, int threads, int sharedBytes) {
        try {
            if (blocks > 0 && rows > 0) {
                launcher.launch(this, new Grid(Math.toIntExact(blocks), rows, threads, sharedBytes));
            }
        } finally {
            count = 0;
        }
    }

    public String name() {
        return name;
    }

    /** Addresses of the arguments, in order. */
    public MemorySegment pointers() {
        return pointers;
    }

    /** Its name and the size of its launch, for messages. */
    public String describe(Grid grid) {
        shown.setLength(0);
        shown.append(name).append(" on ").append(grid.x());
        if (grid.y() > 1) {
            shown.append(" x ").append(grid.y());
        }
        shown.append(" blocks of ").append(grid.threads()).append(" threads");
        return shown.toString();
    }
}
