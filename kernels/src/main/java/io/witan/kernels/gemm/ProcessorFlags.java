package io.witan.kernels.gemm;

import io.witan.kernels.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What the processor can do and the system lets it do, in the kernel's words: {@code avx2}, {@code fma}. */
public record ProcessorFlags(Set<String> names) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    static ProcessorFlags read() {
        try {
            return parse(Files.readAllLines(CPU_INFO));
        } catch (IOException e) {
            throw new KernelException(
                    CPU_INFO + " cannot be read, so the processor is not known: " + e.getMessage(), e);
        }
    }

    static ProcessorFlags parse(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith("flags")) {
                return new ProcessorFlags(
                        Set.of(line.substring(line.indexOf(':') + 1).trim().split(" +")));
            }
        }
        return new ProcessorFlags(Set.of());
    }

    public boolean has(String flag) {
        return names.contains(flag);
    }
}
