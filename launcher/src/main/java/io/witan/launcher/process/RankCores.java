package io.witan.launcher.process;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Shares the cores that this process may run on out to the ranks of a node, in order. */
final class RankCores {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final int BIND_S = 2;

    private final List<Integer> cores;
    private final int coresPerRank;

    private RankCores(List<Integer> cores, int coresPerRank) {
        this.cores = cores;
        this.coresPerRank = coresPerRank;
    }

    /**
     * @param coresPerRank of each of so many ranks
     * @throws LaunchException code ENVIRONMENT if there are too few, or what binds is missing
     */
    static RankCores of(int ranks, int coresPerRank) {
        if (!Files.isExecutable(TASKSET)) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "--bind-to core needs " + TASKSET + " (package util-linux), which is missing");
        }
        return new RankCores(requireEnough(allowed(), ranks, coresPerRank), coresPerRank);
    }

    static List<Integer> requireEnough(List<Integer> cores, int ranks, int coresPerRank) {
        if ((long) ranks * coresPerRank > cores.size()) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "--bind-to core: " + ranks + " ranks of " + coresPerRank + " threads need " + ranks * coresPerRank
                            + " cores of their own, allowed here are " + cores.size()
                            + "; start fewer ranks or threads, or leave --bind-to out");
        }
        return cores;
    }

    /** The words before a rank's own command line. */
    List<String> words(int localRank) {
        return List.of(
                TASKSET.toString(),
                "-c",
                cores.subList(localRank * coresPerRank, (localRank + 1) * coresPerRank).stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(",")));
    }

    /** Binds a process that runs, with all of its threads. One that cannot be bound runs where it may. */
    void bind(long pid, int localRank) {
        List<String> command =
                List.of(TASKSET.toString(), "-a", "-c", "-p", words(localRank).getLast(), Long.toString(pid));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.waitFor(BIND_S, TimeUnit.SECONDS);
        } catch (IOException _) {
            // As if it had refused.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Integer> allowed() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(ALLOWED)) {
                    return parse(line.substring(ALLOWED.length()).strip());
                }
            }
        } catch (IOException e) {
            throw new LaunchException(ExitCode.ENVIRONMENT, "--bind-to core: cannot read " + STATUS + ": " + e, e);
        }
        throw new LaunchException(ExitCode.ENVIRONMENT, "--bind-to core: " + STATUS + " has no line " + ALLOWED);
    }

    /** A list of the kernel such as {@code 0-3,8}. */
    static List<Integer> parse(String list) {
        List<Integer> cores = new ArrayList<>();
        for (String part : list.split(",")) {
            String[] ends = part.split("-");
            for (int core = Integer.parseInt(ends[0]); core <= Integer.parseInt(ends[ends.length - 1]); core++) {
                cores.add(core);
            }
        }
        return cores;
    }
}
