package io.witan.runtime.vault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * One rank's training state in two mapped slots. The optimizer reads the slot of the last step, writes the other one and
 * commits it, so nothing is copied; a rank that is killed at any moment finds its last committed step again, and usually
 * the one before.
 *
 * <p>Files in the folder, for rank 3: rank-0003.state (header and slots), rank-0003.directory (Chronicle Map: entry to
 * step, length, checksum), its .seal and rank-0003.lock.
 *
 * <p>Nothing is synced to the disk: a commit survives the death of the process, not a power cut or a kernel crash, after
 * which checksums tell whole steps from torn ones. In a folder on a disk both slots are written to it all the time; {@link
 * NodeMemory} saves that.
 *
 * <p>Thread rule: one thread calls; segments may be used by any thread, but not written between {@link #written} of their entry and the end
 * of the {@link #commit} of their slot.
 */
public final class ExpertVault implements AutoCloseable {
    /** Engine state that a slot has room for, unless said otherwise at creation. */
    public static final long DEFAULT_ENGINE_STATE_BYTES = 1L << 20;

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    /**
     * A piece of state: parameter or moment.
     *
     * @param key unique in the vault, 1 to 512 bytes of UTF-8
     * @param bytes its length
     */
    public record Entry(String key, long bytes) {
        public Entry {
            int keyBytes = key.getBytes(StandardCharsets.UTF_8).length;
            if (keyBytes == 0 || keyBytes > VaultLayout.MAX_KEY_BYTES || bytes < 0) {
                throw new IllegalArgumentException("vault entry: expected a key of 1 to " + VaultLayout.MAX_KEY_BYTES
                        + " bytes and a length of 0 or more, found " + key + ", " + bytes);
            }
        }
    }

    /**
     * A committed step that is whole.
     *
     * @param slot where its segments are
     * @param engineState what was given to its commit
     */
    public record RecoveredStep(long step, int slot, byte[] engineState) {}

    private final ExclusiveLock lock;
    private final StateFile state;
    private final VaultDirectory directory;
    private final Map<String, Integer> indexOf = new HashMap<>();
    private final List<RecoveredStep> recovered;
    private final String report;
    private final CRC32C commitChecksum = new CRC32C();
    private int lastSlot = -1;
    private long lastStep = -1;

    private ExpertVault(ExclusiveLock lock, StateFile state, VaultDirectory directory) {
        this.lock = lock;
        this.state = state;
        this.directory = directory;
        List<Entry> entries = state.layout().entries();
        for (int i = 0; i < entries.size(); i++) {
            indexOf.put(entries.get(i).key(), i);
        }
        SlotCheck check = new SlotCheck(state, directory);
        List<RecoveredStep> whole = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (int slot = 0; slot < VaultLayout.SLOTS; slot++) {
            SlotCheck.Verdict verdict = check.check(slot);
            if (verdict.recovered() != null) {
                whole.add(verdict.recovered());
                words.add("slot " + slot + ": step " + verdict.recovered().step());
            } else {
                words.add("slot " + slot + ": " + verdict.problem());
            }
        }
        whole.sort(Comparator.comparingLong(RecoveredStep::step).reversed());
        this.recovered = List.copyOf(whole);
        this.report = "vault of rank " + state.layout().rank() + ": "
                + (whole.isEmpty()
                        ? "no complete step"
                        : "newest complete step " + whole.getFirst().step()) + " ("
                + String.join("; ", words) + ")";
    }

    /** Bytes that a vault of {@link #create(Path, int, List)} takes, from above. */
    public static long bytes(List<Entry> entries) {
        return Math.addExact(
                new VaultLayout(0, entries, DEFAULT_ENGINE_STATE_BYTES, 0).totalBytes(),
                VaultDirectory.spaceBytes(entries));
    }

    /** {@link #create(Path, int, List, long)} with room for 1 MiB of engine state. */
    public static ExpertVault create(Path folder, int rank, List<Entry> entries) {
        return create(folder, rank, entries, DEFAULT_ENGINE_STATE_BYTES);
    }

    /**
     * Makes an empty vault, all zeros, in place of one that may be there, and takes its disk space for real: twice the
     * entries and the engine state.
     *
     * @throws VaultException for lack of space, a folder that cannot be written, or a vault that another process holds
     */
    public static ExpertVault create(Path folder, int rank, List<Entry> entries, long engineStateCapacity) {
        VaultLayout draft = new VaultLayout(rank, entries, engineStateCapacity, 0);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw VaultException.io("create", folder, e);
        }
        ExclusiveLock lock = ExclusiveLock.acquire(file(folder, rank, "lock"), LOCK_TIMEOUT);
        try {
            Path statePath = file(folder, rank, "state");
            Path directoryPath = file(folder, rank, "directory");
            Files.deleteIfExists(statePath);
            DiskSpace.require(folder, Math.addExact(draft.totalBytes(), VaultDirectory.spaceBytes(entries)));
            StateFile.allocate(statePath, draft.totalBytes());
            VaultDirectory directory = VaultDirectory.create(directoryPath, entries);
            try {
                long directoryBytes = Files.size(directoryPath);
                StateFile.finish(statePath, new VaultLayout(rank, entries, engineStateCapacity, directoryBytes));
            } finally {
                directory.close();
            }
            return assemble(lock, folder, rank);
        } catch (IOException e) {
            lock.close();
            throw VaultException.io("create a vault in", folder, e);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Opens the vault of a rank and checks both slots; {@link #recovered()} says what is whole.
     *
     * @throws VaultException when there is none, it is damaged, or another process holds it for 5 seconds
     */
    public static ExpertVault open(Path folder, int rank) {
        return open(folder, rank, LOCK_TIMEOUT);
    }

    /** As {@link #open(Path, int)}; entries that differ in key, length or order are an error that names the first. */
    public static ExpertVault open(Path folder, int rank, List<Entry> expected) {
        ExpertVault vault = open(folder, rank);
        String difference = vault.state.layout().difference(expected);
        if (difference != null) {
            vault.close();
            throw new VaultException(VaultException.Reason.GEOMETRY, file(folder, rank, "state") + ": " + difference);
        }
        return vault;
    }

    static ExpertVault open(Path folder, int rank, Duration lockTimeout) {
        Path statePath = file(folder, rank, "state");
        if (!Files.exists(statePath)) {
            throw new VaultException(VaultException.Reason.ABSENT, statePath + ": no vault");
        }
        ExclusiveLock lock = ExclusiveLock.acquire(file(folder, rank, "lock"), lockTimeout);
        try {
            return assemble(lock, folder, rank);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private static ExpertVault assemble(ExclusiveLock lock, Path folder, int rank) {
        StateFile state = StateFile.open(file(folder, rank, "state"), rank);
        try {
            VaultDirectory directory = VaultDirectory.open(file(folder, rank, "directory"), state.layout());
            try {
                return new ExpertVault(lock, state, directory);
            } catch (RuntimeException | Error e) {
                directory.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            state.close();
            throw e;
        }
    }

    /** Whether the folder has a vault of the rank, whole or not. */
    public static boolean exists(Path folder, int rank) {
        return Files.exists(file(folder, rank, "state"));
    }

    /**
     * Removes the closed vault of a rank, and the folder with the last one.
     *
     * @throws VaultException if a file cannot be removed
     */
    public static void delete(Path folder, int rank) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, fileName(rank, "*"))) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException | NoSuchFileException others) {
            // Vaults of other ranks are still there, or another rank has removed all.
        } catch (IOException e) {
            throw VaultException.io("remove a vault from", folder, e);
        }
    }

    private static Path file(Path folder, int rank, String kind) {
        return folder.resolve(fileName(rank, kind));
    }

    static String fileName(int rank, String kind) {
        return String.format(Locale.ROOT, "rank-%04d.%s", rank, kind);
    }

    /**
     * The whole steps found when the vault was opened, newest first: none, one or two. Ranks resume from the newest step
     * that all of them have; when all commit a step before any begins the next update, two slots are enough for that.
     */
    public List<RecoveredStep> recovered() {
        return recovered;
    }

    /** One line for the log: the newest whole step, and what each slot holds or why it holds none. */
    public String report() {
        return report;
    }

    /** The file in which both slots lie. */
    public Path stateFile() {
        return state.path();
    }

    /** All of that file, mapped for reading and writing; valid until {@link #close}. */
    public MemorySegment mapping() {
        return state.mapping();
    }

    /** The entries, in order. */
    public List<Entry> entries() {
        return state.layout().entries();
    }

    /** Bytes of mapped state, both slots and header. */
    public long mappedBytes() {
        return state.layout().totalBytes();
    }

    /**
     * An entry's memory in a slot, from a multiple of 64 bytes; valid until {@link #close}.
     *
     * @param slot 0 or 1
     */
    public MemorySegment segment(String key, int slot) {
        Integer index = indexOf.get(key);
        if (index == null) {
            throw new IllegalArgumentException("vault: no entry " + key);
        }
        return state.segment(Objects.checkIndex(slot, VaultLayout.SLOTS), index);
    }

    /**
     * The memory from the front of one entry to the end of a later one, what is between them among it; valid until {@link #close}.
     *
     * @param slot 0 or 1
     */
    public MemorySegment span(String firstKey, String lastKey, int slot) {
        MemorySegment last = segment(lastKey, slot);
        long begin = segment(firstKey, slot).address() - state.mapping().address();
        return state.mapping()
                .asSlice(
                        begin,
                        last.address() + last.byteSize() - state.mapping().address() - begin);
    }

    /**
     * Tells the checksum of an entry that was just written, so that {@link #commit} need not read it. Whoever changes the entry before the
     * commit has to tell of it again.
     *
     * @param checksum {@link io.witan.kernels.simd.WordSum} of all of it
     */
    public void written(String key, int slot, int checksum) {
        Integer index = indexOf.get(key);
        if (index == null) {
            throw new IllegalArgumentException("vault: no entry " + key);
        }
        state.written(Objects.checkIndex(slot, VaultLayout.SLOTS), index, checksum);
    }

    /**
     * Declares a slot complete: reads once for checksums what was not told by {@link #written}, records them, and last the
     * commit. After the return a killed process finds this step.
     *
     * @param step completed steps, 0 or more
     * @param slot the one just written; not the one committed last, whose step would be at risk meanwhile
     * @param engineState small state that belongs to the step; copied
     */
    public void commit(long step, int slot, byte[] engineState) {
        Objects.checkIndex(slot, VaultLayout.SLOTS);
        if (step < 0 || engineState.length > state.layout().engineStateCapacity()) {
            throw new IllegalArgumentException("vault commit: expected a step of 0 or more and at most "
                    + state.layout().engineStateCapacity() + " bytes of engine state, found step " + step + " and "
                    + engineState.length + " bytes");
        }
        if (slot == lastSlot && step != lastStep) {
            throw new IllegalArgumentException("vault commit of step " + step + ": slot " + slot
                    + " holds the last committed step " + lastStep + "; write and commit the other slot");
        }
        int engine = state.layout().entries().size();
        commitChecksum.reset();
        for (int i = 0; i < engine; i++) {
            record(slot, i, step, entries().get(i).bytes(), state.takeChecksum(slot, i));
        }
        state.putEngineState(slot, engineState);
        record(slot, engine, step, engineState.length, Checksums.of(engineState));
        VarHandle.fullFence();
        directory.put(slot, engine + 1, step, engine + 1, commitChecksum.getValue());
        lastSlot = slot;
        lastStep = step;
        state.makeWritable(VaultLayout.SLOTS - 1 - slot);
    }

    private void record(int slot, int index, long step, long length, long checksum) {
        SlotCheck.addChecksum(commitChecksum, checksum);
        directory.put(slot, index, step, length, checksum);
    }

    /** Unmaps the state and closes the files; segments must not be used any more. */
    @Override
    public void close() {
        try (lock) {
            try (state) {
                directory.close();
            }
        }
    }
}
