package io.witan.kernels.openblas;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which family of OpenBLAS kernels to ask for. OpenBLAS 0.3.31 does not know AMD processors from family 26 (Zen 5) and
 * falls back to its AVX2 kernels; its SkylakeX kernels are twice as fast there. A user's own OPENBLAS_CORETYPE wins.
 */
final class CoreType {
    static final String VARIABLE = "OPENBLAS_CORETYPE";
    private static final Set<String> AVX512 = Set.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

    private CoreType() {}

    /** The family to ask for, or empty where OpenBLAS's own choice is right. */
    static Optional<String> override() {
        if (System.getenv(VARIABLE) != null) {
            return Optional.empty();
        }
        try {
            return override(Files.readAllLines(Path.of("/proc/cpuinfo")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<String> override(List<String> cpuInfo) {
        boolean amd = value(cpuInfo, "vendor_id").equals("AuthenticAMD");
        List<String> flags = List.of(value(cpuInfo, "flags").split(" "));
        return amd && flags.containsAll(AVX512) ? Optional.of("SkylakeX") : Optional.empty();
    }

    private static String value(List<String> cpuInfo, String key) {
        return cpuInfo.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
    }

    /** Sets the variable for the duration of {@code load}: OpenBLAS reads it in its constructor. */
    static void around(String family, Runnable load) {
        set(family);
        try {
            load.run();
        } finally {
            unset();
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle libc(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    private static void set(String family) {
        FunctionDescriptor type = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            int unused =
                    (int) libc("setenv", type).invokeExact(arena.allocateFrom(VARIABLE), arena.allocateFrom(family), 1);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void unset() {
        FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(VARIABLE);
            int unused = (int) libc("unsetenv", type).invokeExact(name);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
