package io.witan.kernels.cuda.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** cuBLAS 13 by FFM: JCublas2 is bound to version 12. */
final class LibCublas implements Blas {
    private static final String LIBRARY = "libcublas.so.13";

    private final Arena arena = Arena.ofShared();
    private final MemorySegment alpha = arena.allocateFrom(JAVA_FLOAT, 1f);
    private final MemorySegment beta = arena.allocate(JAVA_FLOAT);
    private final Device device;
    private final MemorySegment handle;
    private final CublasTypes.Types types;
    private final String description;

    private LibCublas(Device device, Precision precision) {
        this.device = device;
        MemorySegment out = arena.allocate(ADDRESS);
        check((int) call(Library.CREATE, out), "cublasCreate");
        handle = out.get(ADDRESS, 0);
        check(
                (int) call(Library.SET_STREAM, handle, MemorySegment.ofAddress(device.streamAddress())),
                "cublasSetStream");
        MemorySegment version = arena.allocate(JAVA_INT);
        check((int) call(Library.GET_VERSION, handle, version), "cublasGetVersion");
        description = "cuBLAS " + CublasTypes.version(version.get(JAVA_INT, 0));
        types = CublasTypes.types(precision);
    }

    /** @throws KernelUnavailableException if cuBLAS 13 cannot be loaded */
    static LibCublas open(Device device, Precision precision) {
        if (Library.FAILURE != null) {
            throw new KernelUnavailableException(Library.FAILURE);
        }
        return new LibCublas(device, precision);
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void multiply(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        multiply(types, product, a, b, c, betaValue);
    }

    @Override
    public void multiplyBf16(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        multiply(CublasTypes.OF_BF16, product, a, b, c, betaValue);
    }

    private void multiply(
            CublasTypes.Types t, Product p, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        device.requireUsable();
        beta.set(JAVA_FLOAT, 0, betaValue);
        int code;
        try {
            code = (int) Library.GEMM_EX.invokeExact(
                    handle,
                    p.a().ordinal(),
                    p.b().ordinal(),
                    p.m(),
                    p.n(),
                    p.k(),
                    alpha,
                    a.address(),
                    t.operands(),
                    p.aLeading(),
                    b.address(),
                    t.operands(),
                    p.bLeading(),
                    beta,
                    c.address(),
                    CublasTypes.FP32,
                    p.cLeading(),
                    t.compute(),
                    CublasTypes.DEFAULT_ALGORITHM);
        } catch (Throwable e) {
            throw new KernelException("cublasGemmEx cannot be called: " + e, e);
        }
        if (code != 0) {
            check(code, p.toString());
        }
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new KernelException("cuBLAS cannot be called: " + e, e);
        }
    }

    private static void check(int code, String operation) {
        if (code != 0) {
            throw new KernelException("cuBLAS: " + operation + ": status " + code);
        }
    }

    @Override
    public void close() {
        // The library waits for all kernels, without a deadline.
        if (arena.scope().isAlive() && device.awaitLast()) {
            call(Library.DESTROY, handle);
            arena.close();
        }
    }

    /** Class initialisation makes the loading happen once; a failure is kept, so that every caller sees its reason. */
    private static final class Library {
        static final String FAILURE;
        static final MethodHandle CREATE;
        static final MethodHandle DESTROY;
        static final MethodHandle SET_STREAM;
        static final MethodHandle GET_VERSION;
        static final MethodHandle GEMM_EX;

        static {
            SymbolLookup symbols = null;
            String failure = null;
            try {
                symbols = open();
            } catch (IllegalArgumentException e) {
                failure = LIBRARY + " of CUDA 13 cannot be loaded: " + Faults.libraryFault(e);
            }
            FAILURE = failure;
            CREATE = handle(symbols, "cublasCreate_v2", ADDRESS);
            DESTROY = handle(symbols, "cublasDestroy_v2", ADDRESS);
            SET_STREAM = handle(symbols, "cublasSetStream_v2", ADDRESS, ADDRESS);
            GET_VERSION = handle(symbols, "cublasGetVersion_v2", ADDRESS, ADDRESS);
            GEMM_EX = handle(
                    symbols,
                    "cublasGemmEx",
                    ADDRESS,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    ADDRESS,
                    JAVA_LONG,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_LONG,
                    JAVA_INT,
                    JAVA_INT,
                    ADDRESS,
                    JAVA_LONG,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT);
        }

        @SuppressWarnings("restricted")
        private static SymbolLookup open() {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle(SymbolLookup symbols, String name, MemoryLayout... arguments) {
            return symbols == null
                    ? null
                    : Linker.nativeLinker()
                            .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
        }
    }
}
