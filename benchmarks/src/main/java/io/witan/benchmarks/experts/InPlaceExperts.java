package io.witan.benchmarks.experts;

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
            ExpertRank.run(Integer.parseInt(args[0]), Path.of(args[1]), Path.of(args[2]), Idle.valueOf(args[3]));
            return;
        }
        Idle idle = args.length == 0 ? Idle.BACKOFF : Idle.valueOf(args[0].toUpperCase(Locale.ROOT));
        System.out.println("ranks wait by " + idle);
        Path folder = Files.createTempDirectory("experts-");
        Path memory = Files.createTempDirectory(SHARED_MEMORY, "witan-experts-");
        try (NodeDriver driver = NodeDriver.start(memory.resolve("driver"))) {
            List<Process> ranks = new ArrayList<>();
            for (int rank = 0; rank < RANKS; rank++) {
                ranks.add(new ProcessBuilder(command(rank, driver.directory(), folder, idle))
                        .inheritIO()
                        .start());
            }
            int failed = 0;
            for (Process rank : ranks) {
                failed += rank.waitFor() == 0 ? 0 : 1;
            }
            if (failed > 0) {
                throw new IllegalStateException(failed + " of " + RANKS + " ranks failed");
            }
        } finally {
            delete(memory);
            delete(folder);
        }
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

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
