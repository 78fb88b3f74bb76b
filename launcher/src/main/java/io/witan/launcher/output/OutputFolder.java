package io.witan.launcher.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/**
 * A run's output folder, held by a lock while the run lasts. A fresh run takes a folder only if nothing that a run
 * writes is in it; a resumed run goes on in the folder of the run that it resumes. All failures have code OUTPUT.
 */
public final class OutputFolder implements AutoCloseable {
    public static final String RUN = "run.json";
    public static final String RANKS = "ranks.json";
    public static final String STATUS = "status.json";
    public static final String CONFIG = "config.yaml";
    public static final String METRICS = "metrics.jsonl";
    public static final String LOGS = "logs";
    public static final String DECISIONS = "decisions.log";
    public static final String BALANCE = "balance.html";
    public static final String OVERLAP = "overlap.json";
    public static final String TIMELINE = "timeline.png";

    /** What a run writes; one of these in a folder means that another run lives there. */
    private static final List<String> OWNED = List.of(
            RUN,
            RANKS,
            STATUS,
            CONFIG,
            METRICS,
            LOGS,
            "checkpoints",
            "vault",
            "sample.txt",
            "loss.png",
            "expert-load.png",
            DECISIONS,
            BALANCE,
            OVERLAP,
            TIMELINE);

    private static final String LOCK = ".lock";
    private static final int LOOKS = 5;
    private static final Duration LOOK_PAUSE = Duration.ofMillis(100);
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path folder;
    private final FileChannel lock;

    private OutputFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** A folder for a new run: {@code parent/recipe-20260131-142501}, with -2, -3 ... if that exists. */
    public static OutputFolder fresh(Path parent, String recipe, LocalDateTime now) {
        String name = recipe.replaceAll("[^A-Za-z0-9._-]", "_") + "-" + STAMP.format(now);
        makeFolder(parent);
        for (int number = 1; ; number++) {
            Path folder = parent.resolve(number == 1 ? name : name + "-" + number);
            try {
                Files.createDirectory(folder);
                return claim(folder);
            } catch (FileAlreadyExistsException _) {
                continue;
            } catch (IOException e) {
                throw unwritable(folder, e);
            }
        }
    }

    /** The folder that the user named for a new run; made if it is not there. */
    public static OutputFolder named(Path folder) {
        makeFolder(folder);
        OutputFolder claimed = claim(folder);
        for (String name : OWNED) {
            if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                claimed.close();
                throw new LaunchException(
                        ExitCode.OUTPUT,
                        folder + " holds another run (" + name + "); choose another --out, or --resume " + folder);
            }
        }
        return claimed;
    }

    /** The folder of an earlier run, to go on in. */
    public static OutputFolder resumed(Path folder) {
        if (!holdsRun(folder)) {
            throw new LaunchException(ExitCode.CHECKPOINT, folder + " holds no run to resume (no " + RUN + ")");
        }
        return claim(folder);
    }

    /** True if a run was started in this folder. */
    public static boolean holdsRun(Path folder) {
        return Files.isRegularFile(folder.resolve(RUN));
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** Others look at the lock for a moment, as {@link #isHeld} does. */
    private static OutputFolder claim(Path folder) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            for (int look = 0; look < LOOKS; look++) {
                if (channel.tryLock() != null) {
                    return new OutputFolder(folder, channel);
                }
                Thread.sleep(LOOK_PAUSE);
            }
            channel.close();
        } catch (IOException e) {
            closeQuietly(channel);
            throw unwritable(folder, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a start", e);
        }
        throw new LaunchException(ExitCode.OUTPUT, "a run is going on in " + folder);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException _) {
            // The first error is the one to tell.
        }
    }

    private static LaunchException unwritable(Path folder, IOException e) {
        String why = e.getClass().getSimpleName().replaceAll("Exception$", "");
        return new LaunchException(ExitCode.OUTPUT, "cannot write to output folder " + folder + ": " + why, e);
    }

    public Path path() {
        return folder;
    }

    /** True while a launcher uses the folder; also if that cannot be found out. */
    public static boolean isHeld(Path folder) {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.READ);
                FileLock free = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return free == null;
        } catch (NoSuchFileException _) {
            return false;
        } catch (IOException | OverlappingFileLockException _) {
            return true;
        }
    }

    /** The newest start of the run in a folder. */
    public static Optional<RunRecord.Start> lastStart(Path folder) {
        List<RunRecord.Start> starts = recorded(folder, "").starts();
        return starts.isEmpty() ? Optional.empty() : Optional.of(starts.getLast());
    }

    /** Adds this start to run.json. */
    public void record(String recipe, RunRecord.Start start) {
        writeJson(RUN, recorded(folder, recipe).then(start));
    }

    private static RunRecord recorded(Path folder, String recipe) {
        return readJson(folder, RUN, RunRecord.class).orElseGet(() -> new RunRecord(recipe, List.of()));
    }

    /** What the JSON reader says, less its talk about its source. */
    private static String reason(JsonProcessingException e) {
        return e.getOriginalMessage().lines().findFirst().orElse("").replaceAll("\\s*\\(start marker at .*", "");
    }

    /**
     * What a JSON file of a run holds; empty if it is not there.
     *
     * @throws LaunchException with code OUTPUT if it is something else
     */
    public static <T> Optional<T> readJson(Path folder, String name, Class<T> type) {
        Path file = folder.resolve(name);
        try {
            T read = JSON.readValue(file.toFile(), type);
            if (read == null) {
                throw new LaunchException(ExitCode.OUTPUT, file + " is damaged: it holds null");
            }
            return Optional.of(read);
        } catch (FileNotFoundException _) {
            return Optional.empty();
        } catch (JsonProcessingException e) {
            throw new LaunchException(ExitCode.OUTPUT, file + " is damaged: " + reason(e), e);
        } catch (IOException e) {
            throw new LaunchException(ExitCode.OUTPUT, "cannot read " + file + ": " + e, e);
        }
    }

    /** Replaces a JSON file atomically. */
    public void writeJson(String name, Object content) {
        try {
            write(name, JSON.writeValueAsString(content) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + name + " as JSON", e);
        }
    }

    /** Replaces a text file atomically. */
    public void write(String name, String text) {
        Path aside = folder.resolve("." + name + ".new");
        try {
            Files.writeString(aside, text);
            Files.move(aside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** Gives up the lock. What is in the folder stays. */
    @Override
    public void close() {
        closeQuietly(lock);
    }
}
