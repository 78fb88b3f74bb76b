package io.witan.benchmarks.experts;

import io.witan.collectives.CollectiveException;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Times, between two rank processes on this machine, what it takes to materialise an expert that is read in place, and the FFN
 * of experts that lie with the other rank against that of the rank's own. See {@link ExpertRank}.
 */
public final class InPlaceExperts {
    private static final int RANKS = 2;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private InPlaceExperts() {}

    /** @param args of the whole: how ranks wait (spin, yield, backoff); of a rank: see {@link #command} */
    public static void main(String[] args) throws Exception {
        if (args.length == 4) {
            Thread.ofPlatform().daemon().start(InPlaceExperts::awaitParent);
            try {
                ExpertRank.run(Integer.parseInt(args[0]), Path.of(args[1]), Path.of(args[2]), Idle.valueOf(args[3]));
            } catch (IllegalStateException | CollectiveException failed) {
                System.err.println(failed.getMessage());
                System.exit(1);
            }
            return;
        }
        Idle idle = args.length == 0 ? Idle.BACKOFF : Idle.valueOf(args[0].toUpperCase(Locale.ROOT));
        System.out.println("ranks wait by " + idle);
        NodeDriver.sweep(SHARED_MEMORY);
        Path folder = Files.createTempDirectory("experts-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        int failed;
        try (NodeDriver driver = NodeDriver.start(NodeDriver.directory(SHARED_MEMORY, 0))) {
            failed = runRanks(driver.directory(), folder, idle);
        }
        if (failed > 0) {
            System.err.println(failed + " of " + RANKS + " ranks failed");
            System.exit(1);
        }
    }

    /** @return how many failed */
    private static int runRanks(Path driver, Path folder, Idle idle) throws IOException, InterruptedException {
        List<Process> ranks = new ArrayList<>();
        try {
            for (int rank = 0; rank < RANKS; rank++) {
                ranks.add(new ProcessBuilder(command(rank, driver, folder, idle))
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
            }
            int failed = 0;
            for (Process rank : ranks) {
                failed += rank.waitFor() == 0 ? 0 : 1;
            }
            return failed;
        } finally {
            ranks.forEach(Process::destroyForcibly);
        }
    }

    /** Ends this rank with its parent, which holds the other end of stdin. */
    private static void awaitParent() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException gone) {
            System.err.println("stdin: " + gone.getMessage());
        }
        Runtime.getRuntime().halt(1);
    }

    private static List<String> command(int rank, Path driver, Path folder, Idle idle) {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        words.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                InPlaceExperts.class.getName(),
                Integer.toString(rank),
                driver.toString(),
                folder.toString(),
                idle.name()));
        return words;
    }

    private static void delete(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException left) {
            System.err.println(folder + " is left: " + left.getMessage());
        }
    }
}
