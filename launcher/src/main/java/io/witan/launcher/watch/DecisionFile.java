package io.witan.launcher.watch;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.cost.LayerTimeModel;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file that decisions go to, a line each. One thread. Failures have code OUTPUT. */
public final class DecisionFile implements AutoCloseable {
    private static final Pattern STEP = Pattern.compile("step ([0-9]{1,18}): .*");

    private final Path file;
    private final BufferedWriter writer;
    private DecisionLog log;

    private DecisionFile(Path file, BufferedWriter writer, DecisionLog log) {
        this.file = file;
        this.writer = writer;
        this.log = log;
    }

    /**
     * Opens the file; what an earlier start of the run wrote stays, up to the step from which this one goes on.
     *
     * @param completed steps before this start
     * @param sharding how ranks keep experts
     */
    public static DecisionFile open(Path file, long completed, Sharding sharding) {
        try {
            if (Files.exists(file)) {
                List<String> kept = Files.readAllLines(file).stream()
                        .filter(line -> stepOf(line) <= completed)
                        .toList();
                Files.write(file, kept);
            }
            return new DecisionFile(
                    file,
                    Files.newBufferedWriter(
                            file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                    new DecisionLog(sharding, Optional.empty()));
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static long stepOf(String line) {
        Matcher step = STEP.matcher(line);
        return step.matches() ? Long.parseLong(step.group(1)) : Long.MAX_VALUE;
    }

    /** From now on lines say what a copy saves and costs. */
    public void costKnown(LayerTimeModel times) {
        log = log.with(times);
    }

    /** Writes what a step decided anew, and returns it. */
    public List<String> append(StepResult result) {
        List<String> lines = log.of(result);
        try {
            for (String line : lines) {
                writer.write(line);
                writer.write('\n');
            }
            if (!lines.isEmpty()) {
                writer.flush();
            }
            return lines;
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static LaunchException unwritable(Path file, IOException cause) {
        return new LaunchException(ExitCode.OUTPUT, file + ": cannot be written: " + cause.getMessage(), cause);
    }
}
