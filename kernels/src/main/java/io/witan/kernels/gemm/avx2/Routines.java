package io.witan.kernels.gemm.avx2;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** The machine code of the process, in pages that are made executable once they are written. */
final class Routines {
    private static final long BYTES = 1 << 16;
    private static final long ALIGNMENT = 64;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;

    private static final Routines CODE;
    private static final KernelUnavailableException FAILURE;

    static {
        Routines code = null;
        KernelUnavailableException failure = null;
        try {
            code = new Routines();
        } catch (KernelUnavailableException e) {
            failure = e;
        } catch (Throwable e) {
            failure = new KernelUnavailableException("the AVX2 kernels cannot be written into memory: " + e, e);
        }
        CODE = code;
        FAILURE = failure;
    }

    /** Constant, so that the compiler sees through it; null if the code is not there. */
    private static final MethodHandle CALL = CODE == null ? null : handle(FunctionDescriptor.ofVoid(JAVA_LONG));

    private final List<MemorySegment> multiply = new ArrayList<>();
    private final MemorySegment transpose;
    private final MemorySegment copyPanel;
    private final MemorySegment copyPanels;

    private Routines() throws Throwable {
        MemorySegment pages = map();
        long end = 0;
        for (int rows = 1; rows <= MicroKernel.ROWS; rows++) {
            end = write(MicroKernel.code(rows), pages, end, multiply);
        }
        List<MemorySegment> packing = new ArrayList<>();
        end = write(PackingCode.transpose(), pages, end, packing);
        end = write(PackingCode.copy(1), pages, end, packing);
        write(PackingCode.copy(Packing.PANELS), pages, end, packing);
        transpose = packing.get(0);
        copyPanel = packing.get(1);
        copyPanels = packing.get(2);
        protect(pages);
    }

    /** @throws KernelUnavailableException at the first and every later call, if the code could not be made executable */
    static void load() {
        if (FAILURE != null) {
            throw new KernelUnavailableException(FAILURE.getMessage(), FAILURE);
        }
    }

    /** Runs {@link MicroKernel} for tiles of 1 to 6 rows. */
    static void multiply(int rows, long arguments) {
        call(CODE.multiply.get(rows - 1), arguments);
    }

    static void transpose(long arguments) {
        call(CODE.transpose, arguments);
    }

    /** Fills one panel. */
    static void copyPanel(long arguments) {
        call(CODE.copyPanel, arguments);
    }

    /** Fills {@link Packing#PANELS} panels. */
    static void copyPanels(long arguments) {
        call(CODE.copyPanels, arguments);
    }

    private static void call(MemorySegment routine, long arguments) {
        try {
            CALL.invokeExact(routine, arguments);
        } catch (Throwable e) {
            throw new KernelException("an AVX2 kernel failed: " + e, e);
        }
    }

    private static long write(byte[] code, MemorySegment pages, long at, List<MemorySegment> routines) {
        MemorySegment.copy(code, 0, pages, JAVA_BYTE, at, code.length);
        routines.add(pages.asSlice(at, code.length));
        return (at + code.length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment map() throws Throwable {
        MemorySegment pages = (MemorySegment) named(
                        "mmap",
                        FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG))
                .invokeExact(MemorySegment.NULL, BYTES, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0L);
        if (pages.address() == -1) {
            throw new KernelUnavailableException("the AVX2 kernels need " + BYTES + " B of memory, which mmap refused");
        }
        return pages.reinterpret(BYTES);
    }

    private static void protect(MemorySegment pages) throws Throwable {
        int refused = (int) named("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
                .invokeExact(pages, BYTES, READ | EXECUTE);
        if (refused != 0) {
            throw new KernelUnavailableException(
                    "the AVX2 kernels need executable memory, which this system refuses (mprotect);"
                            + " -Dwitan.gemm=openblas in WITAN_JAVA_OPTS does without");
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle named(String function, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), type);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(type);
    }
}
