package io.witan.kernels.operand;

import java.lang.foreign.MemorySegment;

/** Checks of rows in groups: offsets[g]..offsets[g + 1] - 1 are those of group g. */
public final class Groups {
    private Groups() {}

    /**
     * @param groups how many there should be
     * @return the number of all rows
     */
    public static int rows(int[] offsets, int groups) {
        if (offsets.length != groups + 1 || offsets[0] != 0) {
            throw new IllegalArgumentException(
                    "rows in groups: " + offsets.length + " offsets from " + (offsets.length == 0 ? "?" : offsets[0])
                            + " for " + groups + " groups; one more than groups, from 0, needed");
        }
        for (int g = 0; g < groups; g++) {
            if (offsets[g] > offsets[g + 1]) {
                throw new IllegalArgumentException("rows in groups: offsets[" + (g + 1) + "] = " + offsets[g + 1]
                        + " is below offsets[" + g + "] = " + offsets[g]);
            }
        }
        return offsets[groups];
    }

    /** Matrices that are read, of {@code count} elements of 4 bytes; those of groups without rows may be null. */
    public static void in(String name, int[] offsets, MemorySegment[] matrices, long count) {
        for (int g = 0; g < matrices.length; g++) {
            if (offsets[g + 1] > offsets[g]) {
                Operand.in(name, matrices[g], count);
            }
        }
    }

    /** As {@link #in}, for matrices that are written; one of a group without rows is written too unless it is null. */
    public static void out(String name, int[] offsets, MemorySegment[] matrices, long count) {
        for (int g = 0; g < matrices.length; g++) {
            if (offsets[g + 1] > offsets[g] || matrices[g] != null) {
                Operand.out(name, matrices[g], count);
            }
        }
    }
}
