package io.witan.kernels.cuda;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Fatbins;
import io.witan.kernels.cuda.device.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/**
 * The device of the tests, for the whole JVM: {@code shim}, the kernels compiled as host C++ behind a library that takes the place
 * of the driver's, or {@code gpu}, by {@code -Dwitan.test.device}. A test whose device is absent is skipped and counted as such.
 */
public final class TestDevice {
    private static final String NAME = System.getProperty("witan.test.device", "shim");
    static final Path SHIM =
            Path.of(System.getProperty("witan.test.shim", "target/shim")).toAbsolutePath();

    private TestDevice() {}

    static boolean isShim() {
        return NAME.equals("shim");
    }

    public static Device open() {
        prepare();
        try {
            return Device.open(0);
        } catch (KernelUnavailableException e) {
            throw new TestAbortedException(NAME + ": " + e.getMessage(), e);
        }
    }

    /** Puts the shim in the driver's place. */
    static void prepare() {
        if (!Fatbins.present()) {
            throw new TestAbortedException(Fatbins.build());
        }
        if (isShim()) {
            load("libcuda.so.1");
        }
    }

    /** As {@link #prepare}, and puts stand-ins in cuBLAS's place. */
    static void prepareCublas() {
        prepare();
        if (isShim()) {
            load("libcublas.so.12");
            load("libcublas.so.13");
        }
    }

    /** A library for dense products; on a GPU machine that lacks it the test is skipped. */
    static Blas blas(BlasProvider provider, Device device, Precision precision) {
        try {
            return provider.open(device, precision).orElseThrow();
        } catch (KernelUnavailableException e) {
            if (isShim()) {
                throw e;
            }
            throw new TestAbortedException(NAME + ": " + e.getMessage(), e);
        }
    }

    /** Once a library is loaded, the linker takes it where another one asks for its name. */
    @SuppressWarnings("restricted")
    private static void load(String name) {
        Path library = SHIM.resolve(name);
        if (!Files.exists(library)) {
            throw new TestAbortedException("no g++ at build time: the CUDA kernels were not compiled for the host");
        }
        System.load(library.toString());
    }
}
