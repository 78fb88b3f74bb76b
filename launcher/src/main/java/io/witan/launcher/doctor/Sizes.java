package io.witan.launcher.doctor;

import java.util.Locale;

/** Byte counts for people. */
final class Sizes {
    static final long KIB = 1024;
    static final long MIB = 1024 * KIB;
    static final long GIB = 1024 * MIB;

    private Sizes() {}

    static String text(long bytes) {
        if (bytes >= 10 * GIB) {
            return bytes / GIB + " GiB";
        }
        if (bytes >= GIB) {
            return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
        }
        if (bytes >= MIB) {
            return bytes / MIB + " MiB";
        }
        return bytes / KIB + " KiB";
    }
}
