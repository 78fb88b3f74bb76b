package io.witan.runtime.vault;

import io.witan.kernels.simd.WordSum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A rank that commits steps as fast as it can, and says so after each. It is meant to be killed. */
final class VaultChild {
    static final int RANK = 3;

    private VaultChild() {}

    static List<ExpertVault.Entry> entries() {
        List<ExpertVault.Entry> entries = new ArrayList<>();
        for (int expert = 0; expert < 24; expert++) {
            for (String part : List.of("w", "exp_avg", "exp_avg_sq")) {
                entries.add(new ExpertVault.Entry("layers.0.experts." + expert + "." + part, 4000 + 4 * expert));
            }
        }
        return entries;
    }

    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        try (ExpertVault vault = openOrCreate(folder)) {
            List<ExpertVault.RecoveredStep> recovered = vault.recovered();
            long step = recovered.isEmpty() ? 0 : recovered.getFirst().step() + 1;
            int slot = recovered.isEmpty() ? 0 : 1 - recovered.getFirst().slot();
            System.out.println("opened");
            while (true) {
                fill(vault, step, slot);
                if (step % 2 == 0) {
                    tell(vault, slot);
                }
                vault.commit(step, slot, engineState(step));
                System.out.println("committed " + step);
                System.out.flush();
                step++;
                slot = 1 - slot;
            }
        }
    }

    private static ExpertVault openOrCreate(Path folder) {
        try {
            return ExpertVault.open(folder, RANK, entries());
        } catch (VaultException e) {
            if (e.reason() == VaultException.Reason.ABSENT || e.reason() == VaultException.Reason.CORRUPT) {
                return ExpertVault.create(folder, RANK, entries());
            }
            throw e;
        }
    }

    static void fill(ExpertVault vault, long step, int slot) {
        int index = 0;
        for (ExpertVault.Entry entry : vault.entries()) {
            MemorySegment segment = vault.segment(entry.key(), slot);
            for (long at = 0; at < segment.byteSize(); at += 4) {
                segment.set(ValueLayout.JAVA_INT, at, pattern(step, index, at));
            }
            index++;
        }
    }

    /** Whether the slot holds exactly what {@link #fill} wrote for the step. */
    static boolean isFilled(ExpertVault vault, long step, int slot) {
        int index = 0;
        for (ExpertVault.Entry entry : vault.entries()) {
            MemorySegment segment = vault.segment(entry.key(), slot);
            for (long at = 0; at < segment.byteSize(); at += 4) {
                if (segment.get(ValueLayout.JAVA_INT, at) != pattern(step, index, at)) {
                    return false;
                }
            }
            index++;
        }
        return true;
    }

    static void tell(ExpertVault vault, int slot) {
        for (ExpertVault.Entry entry : vault.entries()) {
            vault.written(entry.key(), slot, WordSum.of(vault.segment(entry.key(), slot)));
        }
    }

    static byte[] engineState(long step) {
        return ("{\"step\":" + step + "}" + " ".repeat((int) (step % 50))).getBytes(StandardCharsets.US_ASCII);
    }

    private static int pattern(long step, int index, long at) {
        return (int) (step * 0x2545F491L + index * 31L + at);
    }
}
