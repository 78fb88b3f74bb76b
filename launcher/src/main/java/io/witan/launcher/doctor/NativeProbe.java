package io.witan.launcher.doctor;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.DeviceInfo;
import io.witan.kernels.cuda.device.Driver;
import io.witan.kernels.cuda.device.Fatbins;
import io.witan.kernels.host.GemmProvider;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tries what Java cannot tell about: the GPU's driver, matrix products, fonts. Nothing stays on disk. */
@SuppressWarnings("restricted")
public final class NativeProbe {
    private static final String OPENBLAS_FOLDER = "/org/bytedeco/openblas/linux-x86_64/";

    /** OpenBLAS last: it needs the others. */
    private static final List<String> OPENBLAS_FILES =
            List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libgfortran.so.4", "libopenblas.so.0");

    private NativeProbe() {}

    /** What came of a try. */
    public record Finding(State state, String detail) {
        /** Whether it works. */
        public enum State {
            FOUND,
            ABSENT,
            BROKEN
        }
    }

    private static Finding found(String detail) {
        return new Finding(Finding.State.FOUND, detail);
    }

    private static Finding absent(String detail) {
        return new Finding(Finding.State.ABSENT, detail);
    }

    private static Finding broken(String detail) {
        return new Finding(Finding.State.BROKEN, detail);
    }

    static Finding gpu() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup("libcuda.so.1", arena);
        } catch (IllegalArgumentException _) {
            return absent("no NVIDIA driver (libcuda.so.1); " + Fatbins.build());
        }
        try {
            List<DeviceInfo> devices = Driver.devices();
            DeviceInfo first = devices.getFirst();
            String kernels = Fatbins.present() ? "kernels by " + Fatbins.build() : Fatbins.build();
            return found(devices.size() + " x " + first.name() + ", compute capability " + first.capability() + "; "
                    + kernels);
        } catch (KernelUnavailableException e) {
            return broken(e.getMessage());
        }
    }

    /** Those that a run here would use, and no others. */
    static Finding matrixProducts() {
        try {
            GemmProvider provider = GemmProvider.choose();
            if (provider == GemmProvider.OPENBLAS) {
                return openBlas();
            }
            provider.load();
            return found(provider.description());
        } catch (KernelUnavailableException e) {
            return broken(e.getMessage());
        }
    }

    private static Finding openBlas() {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("witan-doctor");
            SymbolLookup library = null;
            for (String name : OPENBLAS_FILES) {
                if (extract(name, folder)) {
                    library = SymbolLookup.libraryLookup(folder.resolve(name), Arena.global());
                }
            }
            if (library == null || library.find("openblas_get_config").isEmpty()) {
                return absent("not on the class path");
            }
            MemorySegment text = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(
                            library.findOrThrow("openblas_get_config"), FunctionDescriptor.of(ValueLayout.ADDRESS))
                    .invokeExact();
            return found(text.reinterpret(Integer.MAX_VALUE).getString(0).strip());
        } catch (Throwable e) {
            return broken(e.toString());
        } finally {
            delete(folder);
        }
    }

    private static boolean extract(String name, Path folder) throws IOException {
        try (InputStream in = NativeProbe.class.getResourceAsStream(OPENBLAS_FOLDER + name)) {
            if (in == null) {
                return false;
            }
            Files.copy(in, folder.resolve(name));
            return true;
        }
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try {
            for (String name : OPENBLAS_FILES) {
                Files.deleteIfExists(folder.resolve(name));
            }
            Files.delete(folder);
        } catch (IOException _) {
            // A temporary folder; the system clears it.
        }
    }

    /** Whether pictures can have letters: a small server may have no fonts at all. */
    public static Finding fonts() {
        try {
            int families = GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames().length;
            return families > 0 ? found(families + " families") : absent("no font is installed");
        } catch (Exception | LinkageError | InternalError e) {
            return absent("no usable font: " + e.getMessage());
        }
    }
}
