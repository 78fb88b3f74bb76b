package io.witan.runtime.memory;

import io.witan.runtime.fssdp.CopyMemory;

/**
 * What memory one rank holds.
 *
 * @param copies the most that copies took in the last step; part of parameters and gradients
 * @param resident of its process; means something for the parts only if the rank has a process of its own
 */
public record MemoryReport(int rank, MemoryParts parts, CopyMemory copies, ResidentSize resident) {
    /** Most that sum and resident size may be apart: so much of the sum, and so many bytes. */
    private static final double TOLERATED_SHARE = 0.15;

    private static final long TOLERATED_BYTES = 200_000_000;

    static final int LONGS = 14;

    /** Resident bytes that are in no part; below 0 if parts hold what is not in memory. */
    public long difference() {
        return resident.bytes() - parts.sum();
    }

    /** True if the parts explain the resident size: it is within 15 % + 200 MB of their sum. */
    public boolean isExplained() {
        return Math.abs(difference()) <= TOLERATED_SHARE * parts.sum() + TOLERATED_BYTES;
    }

    long[] toLongs() {
        return new long[] {
            parts.parameters(),
            parts.gradients(),
            parts.optimizer(),
            parts.activations(),
            parts.scratch(),
            parts.transport(),
            parts.jvm(),
            resident.bytes(),
            resident.fileBytes(),
            resident.sharedBytes(),
            resident.peakBytes(),
            copies.parameterBytes(),
            copies.gradientBytes(),
            copies.bytes()
        };
    }

    static MemoryReport ofLongs(int rank, long[] longs) {
        return new MemoryReport(
                rank,
                new MemoryParts(longs[0], longs[1], longs[2], longs[3], longs[4], longs[5], longs[6]),
                new CopyMemory(longs[11], longs[12], longs[13]),
                new ResidentSize(longs[7], longs[8], longs[9], longs[10]));
    }
}
