package io.witan.kernels.gemm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;

/** What the processor can do and the system lets it do, in the kernel's words: {@code avx2}, {@code fma}. */
public record ProcessorFlags(Set<String> names) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** Of this machine's first processor; none if the system does not tell. */
    public static ProcessorFlags read() {
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return parse(lines);
        } catch (IOException | UncheckedIOException e) {
            return new ProcessorFlags(Set.of());
        }
    }

    public static ProcessorFlags parse(Stream<String> lines) {
        return lines.filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).trim().split(" +"))
                .map(names -> new ProcessorFlags(Set.copyOf(Arrays.asList(names))))
                .orElse(new ProcessorFlags(Set.of()));
    }

    public boolean has(String flag) {
        return names.contains(flag);
    }
}
