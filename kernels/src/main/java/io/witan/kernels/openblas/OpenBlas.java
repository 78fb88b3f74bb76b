package io.witan.kernels.openblas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.gemm.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/** The one OpenBLAS of the process. Each call runs on the thread that makes it. */
public final class OpenBlas {
    private static final String PREFIX = "/org/bytedeco/openblas/linux-x86_64/";
    private static final String LIBRARY = "libopenblas.so.0";
    private static final List<String> FILES = List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", LIBRARY);
    private static final String VERSION = "openblas-0.3.31";

    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;

    private OpenBlas() {}

    /**
     * Loads the library, once.
     *
     * @throws KernelException naming the file and the cause, at the first and at every later call, if it cannot be loaded
     */
    public static void load() {
        if (Library.FAILURE != null) {
            throw new KernelUnavailableException(Library.FAILURE.getMessage(), Library.FAILURE);
        }
    }

    /** For logs: {@code OpenBLAS 0.3.31 SkylakeX}. */
    public static String description() {
        load();
        return Library.DESCRIPTION;
    }

    /** c = alpha * a * b + beta * c; with beta 0 c is overwritten, whatever it held. c is row-major. */
    public static void multiply(Matrix a, Matrix b, Matrix c, float alpha, float beta) {
        Matrix.checkProduct(a, b, c);
        try {
            Library.SGEMM.invokeExact(
                    ROW_MAJOR,
                    transposition(a),
                    transposition(b),
                    c.rows(),
                    c.cols(),
                    a.cols(),
                    alpha,
                    a.address(),
                    a.leading(),
                    b.address(),
                    b.leading(),
                    beta,
                    c.address(),
                    c.leading());
            Matrix.keepReachable(a, b, c);
        } catch (Throwable e) {
            throw new KernelException("sgemm failed: " + e, e);
        }
    }

    private static int transposition(Matrix m) {
        return m.layout() == Matrix.Layout.ROW_MAJOR ? NO_TRANSPOSE : TRANSPOSE;
    }

    /** Class initialisation makes the loading happen once; a failure is kept, so that every caller sees its reason. */
    private static final class Library {
        // Addresses go as integers: the arguments were checked before, and no scope has to be held for each call.
        private static final FunctionDescriptor SGEMM_TYPE = FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT);

        static final RuntimeException FAILURE;
        static final MethodHandle SGEMM;
        static final String DESCRIPTION;

        static {
            RuntimeException failure = null;
            MethodHandle sgemm = null;
            String description = null;
            try {
                SymbolLookup symbols = open();
                handle(symbols, "openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT))
                        .invokeWithArguments(1);
                sgemm = handle(symbols, "cblas_sgemm", SGEMM_TYPE);
                String[] config = text(symbols, "openblas_get_config").split(" ");
                description = "OpenBLAS " + (config.length > 1 ? config[1] : "?") + " "
                        + text(symbols, "openblas_get_corename");
            } catch (KernelException e) {
                failure = e;
            } catch (Throwable e) {
                failure = new KernelUnavailableException(
                        "OpenBLAS (" + LIBRARY + " of org.bytedeco:openblas:linux-x86_64) cannot be used: " + e, e);
            }
            FAILURE = failure;
            SGEMM = sgemm;
            DESCRIPTION = description;
        }

        private static SymbolLookup open() {
            Platform.check(System.getProperty("os.name"), System.getProperty("os.arch"));
            Path folder = new NativeCache(NativeCache.defaultRoot()).extract(VERSION, PREFIX, FILES);
            return Platform.open(folder.resolve(LIBRARY));
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle(SymbolLookup symbols, String name, FunctionDescriptor type) {
            return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type);
        }

        @SuppressWarnings("restricted")
        private static String text(SymbolLookup symbols, String function) throws Throwable {
            MemorySegment text = (MemorySegment)
                    handle(symbols, function, FunctionDescriptor.of(ADDRESS)).invokeExact();
            return text.reinterpret(1024).getString(0);
        }
    }

    /** What the library needs of the machine, said in one line when it is missing. */
    static final class Platform {
        private Platform() {}

        static void check(String os, String arch) {
            if (!os.equals("Linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
                throw new KernelUnavailableException(
                        "the host back end needs Linux on x86-64; this is " + os + " on " + arch);
            }
        }

        @SuppressWarnings("restricted")
        static SymbolLookup open(Path library) {
            try {
                return SymbolLookup.libraryLookup(library, Arena.global());
            } catch (IllegalArgumentException | IllegalCallerException e) {
                throw new KernelUnavailableException(
                        library + " cannot be loaded: " + e.getMessage()
                                + " (needed: Linux x86-64 with glibc, a cache folder that is not mounted noexec)",
                        e);
            }
        }
    }
}
