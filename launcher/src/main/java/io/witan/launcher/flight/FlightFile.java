package io.witan.launcher.flight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.collectives.flight.FlightRecord;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The file of one rank's flight record, beside its log. */
public final class FlightFile {
    private static final String PREFIX = "flight-rank-";
    private static final String SUFFIX = ".json";
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private final Path file;

    /** @param outputFolder of the run */
    public FlightFile(Path outputFolder, int rank) {
        this.file = outputFolder.resolve(OutputFolder.LOGS).resolve(PREFIX + rank + SUFFIX);
    }

    /** Which attempt failed, and how. */
    public record Failure(String runId, int attempt, String node, String error) {}

    public Path path() {
        return file;
    }

    /** Forgets earlier failures of a run. */
    public static void removeAll(Path outputFolder) throws IOException {
        for (Path file : files(outputFolder)) {
            Files.deleteIfExists(file);
        }
    }

    /** True if a rank of the run left one. */
    public static boolean isAny(Path outputFolder) throws IOException {
        return !files(outputFolder).isEmpty();
    }

    /**
     * Replaces the file in one move. Times are microseconds since the epoch there.
     *
     * @param record as the group gave it
     */
    public void write(Failure failure, FlightRecord record) throws IOException {
        SavedFlight saved = new SavedFlight(
                SavedFlight.VERSION,
                failure.runId(),
                failure.attempt(),
                failure.node(),
                failure.error(),
                record.shifted(epochUs()));
        Files.createDirectories(file.getParent());
        Path aside = file.resolveSibling("." + file.getFileName() + ".new");
        Files.writeString(aside, JSON.writeValueAsString(saved) + "\n");
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Microseconds since the epoch when {@link System#nanoTime} was 0. */
    private static long epochUs() {
        return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis())
                - TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    }

    /**
     * Those of the ranks of a run, in rank order; empty if none failed.
     *
     * @throws LaunchException with code DATA if one is something else
     */
    static List<SavedFlight> readAll(Path outputFolder) {
        List<SavedFlight> records = new ArrayList<>();
        try {
            for (Path file : files(outputFolder)) {
                records.add(read(file));
            }
        } catch (IOException e) {
            throw new LaunchException(ExitCode.DATA, "cannot read flight records of " + outputFolder + ": " + e, e);
        }
        records.sort(Comparator.comparingInt(SavedFlight::rank));
        return records;
    }

    private static List<Path> files(Path outputFolder) throws IOException {
        Path logs = outputFolder.resolve(OutputFolder.LOGS);
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(logs)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(logs, PREFIX + "*" + SUFFIX)) {
                files.forEach(found::add);
            }
        }
        return found;
    }

    private static SavedFlight read(Path file) throws IOException {
        try {
            SavedFlight saved = JSON.readValue(file.toFile(), SavedFlight.class);
            if (saved.version() == SavedFlight.VERSION && saved.record() != null) {
                return saved;
            }
            throw new LaunchException(
                    ExitCode.DATA, file + ": a flight record of version " + saved.version() + ", expected 1");
        } catch (JsonProcessingException e) {
            String why = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new LaunchException(ExitCode.DATA, file + " is no flight record: " + why, e);
        }
    }
}
