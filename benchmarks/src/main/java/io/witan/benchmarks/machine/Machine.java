package io.witan.benchmarks.machine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Facts about this machine for the header, and its cores. */
public final class Machine {
    private static final double KIB_PER_GIB = 1 << 20;

    private Machine() {}

    /** CPU, cores, memory, OS and JVM on one line. */
    public static String describe() {
        List<Integer> online = parseCores(read("/sys/devices/system/cpu/online"));
        return field("/proc/cpuinfo", "model name") + ", " + (online.isEmpty() ? "unknown" : online.size())
                + " cores, " + memory() + "; " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " " + System.getProperty("os.arch") + "; JVM "
                + System.getProperty("java.vm.version");
    }

    /** Compiler, heap and collector of this JVM, and other such flags; not properties, modules and where errors go. */
    public static String jvmFlags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-X") && !flag.startsWith("-XX:ErrorFile"))
                .collect(Collectors.joining(" "));
    }

    /** As the kernel lists them: {@code 0-3,8}. */
    public static String allowedCores() {
        return field("/proc/self/status", "Cpus_allowed_list");
    }

    /**
     * A core for a rank, if the node has as many as ranks and a taskset to pin with; else -1. Ranks of nodes that share a machine
     * get different cores while there are any.
     */
    public static int coreOf(int rank, int ranksOnNode) {
        List<Integer> cores = parseCores(allowedCores());
        return cores.size() >= ranksOnNode && hasTaskset() ? cores.get(rank % cores.size()) : -1;
    }

    /** Numbers of a kernel list such as 0-3,8. */
    public static List<Integer> parseCores(String list) {
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

    private static String memory() {
        String kib = field("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
        return kib.isEmpty()
                ? "unknown memory"
                : String.format(Locale.ROOT, "%.1f GiB", Long.parseLong(kib) / KIB_PER_GIB);
    }

    private static boolean hasTaskset() {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, "taskset")));
    }

    private static String field(String file, String name) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException unreadable) {
            return "";
        }
    }
}
