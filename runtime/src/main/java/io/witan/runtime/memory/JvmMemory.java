package io.witan.runtime.memory;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;

/**
 * What the Java runtime takes for itself. Not in it, as it does not tell: working memory of its compilers, symbols and stacks, 50
 * to 100 MB.
 */
final class JvmMemory {
    private static final String TOUCHES_ALL = "-XX:+AlwaysPreTouch";
    private static final String DIRECT = "direct";

    private JvmMemory() {}

    static long bytes(ResidentFiles files) {
        return heapBytes() + otherPoolBytes() + directBytes() + files.in(Path.of(System.getProperty("java.home")));
    }

    /** The committed heap is in memory only as far as it was ever used. */
    private static long heapBytes() {
        long committed =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        boolean touched =
                ManagementFactory.getRuntimeMXBean().getInputArguments().contains(TOUCHES_ALL);
        long used = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                used += pool.getPeakUsage().getUsed();
            }
        }
        return touched ? committed : Math.min(used, committed);
    }

    private static long otherPoolBytes() {
        long committed = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            // The class space is a part of the metaspace.
            if (pool.getType() == MemoryType.NON_HEAP && !pool.getName().equals("Compressed Class Space")) {
                committed += pool.getUsage().getCommitted();
            }
        }
        return committed;
    }

    private static long directBytes() {
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals(DIRECT)) {
                return pool.getMemoryUsed();
            }
        }
        return 0;
    }
}
