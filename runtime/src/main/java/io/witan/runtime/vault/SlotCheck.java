package io.witan.runtime.vault;

import java.util.zip.CRC32C;

/** Decides whether a slot holds a complete step: every record sound and of one step, every checksum right. */
final class SlotCheck {
    /**
     * The verdict on one slot.
     *
     * @param recovered the step, or null
     * @param problem why there is none, or null
     */
    record Verdict(ExpertVault.RecoveredStep recovered, String problem) {}

    private final StateFile state;
    private final VaultDirectory directory;

    SlotCheck(StateFile state, VaultDirectory directory) {
        this.state = state;
        this.directory = directory;
    }

    Verdict check(int slot) {
        int engine = state.layout().entries().size();
        VaultDirectory.Committed commit = directory.get(slot, engine + 1);
        if (commit == null || commit.step() < 0 || commit.length() != engine + 1) {
            return bad("no commit");
        }
        CRC32C all = new CRC32C();
        for (int i = 0; i <= engine; i++) {
            VaultDirectory.Committed record = directory.get(slot, i);
            if (record == null || record.step() != commit.step() || record.length() != expectedLength(i, record)) {
                return bad("a commit after step " + commit.step() + " was interrupted at " + name(i));
            }
            addChecksum(all, record.checksum());
        }
        if (all.getValue() != commit.checksum()) {
            return bad("a commit of step " + commit.step() + " again was interrupted");
        }
        return checkData(slot, commit.step());
    }

    private Verdict checkData(int slot, long step) {
        int engine = state.layout().entries().size();
        for (int i = 0; i < engine; i++) {
            long expected = directory.get(slot, i).checksum();
            long found = state.checksum(slot, i);
            if (expected != found) {
                return bad(String.format(
                        "%s changed after step %d: checksum expected %08x, found %08x",
                        name(i), step, expected, found));
            }
        }
        VaultDirectory.Committed record = directory.get(slot, engine);
        byte[] engineState = state.getEngineState(slot, record.length());
        if (Checksums.of(engineState) != record.checksum()) {
            return bad("the engine state changed after step " + step);
        }
        return new Verdict(new ExpertVault.RecoveredStep(step, slot, engineState), null);
    }

    /** Folds one entry's checksum into the commit's. */
    static void addChecksum(CRC32C all, long checksum) {
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            all.update((int) (checksum >>> shift) & 0xff);
        }
    }

    private long expectedLength(int index, VaultDirectory.Committed record) {
        if (index < state.layout().entries().size()) {
            return state.layout().entries().get(index).bytes();
        }
        return Math.clamp(record.length(), 0, state.layout().engineStateCapacity());
    }

    private String name(int index) {
        return index < state.layout().entries().size()
                ? "entry " + state.layout().entries().get(index).key()
                : "the engine state";
    }

    private static Verdict bad(String problem) {
        return new Verdict(null, problem);
    }
}
