package io.witan.benchmarks.collectives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Facts about this machine for the header, and its cores. */
final class Machine {
    private Machine() {}

    /** CPU, cores, JVM and OS on one line. */
    static String describe() {
        return field("/proc/cpuinfo", "model name") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores; JVM " + System.getProperty("java.vm.version")
                + "; " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch");
    }

    /** A core for each rank, if there are as many as ranks and a taskset to pin with; else none. */
    static List<Integer> pinnableCores(int ranks) {
        List<Integer> cores = parseCores(field("/proc/self/status", "Cpus_allowed_list"));
        return cores.size() >= ranks && hasTaskset() ? cores.subList(0, ranks) : List.of();
    }

    /** Numbers of a kernel list such as 0-3,8. */
    static List<Integer> parseCores(String list) {
        List<Integer> cores = new ArrayList<>();
        for (String range : list.split(",")) {
            String[] ends = range.strip().split("-");
            if (!ends[0].matches("\\d+")) {
                return List.of();
            }
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int core = Integer.parseInt(ends[0]); core <= last; core++) {
                cores.add(core);
            }
        }
        return cores;
    }

    private static boolean hasTaskset() {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, "taskset")));
    }

    private static String field(String file, String name) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException unreadable) {
            return "unknown";
        }
    }
}
