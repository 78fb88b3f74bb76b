package io.witan.kernels.gemm.avx2;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.KernelException;
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

    private static final MethodHandle CALL = handle(FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final Routines LOADED = new Routines();

    private final List<MemorySegment> multiply = new ArrayList<>();
    private MemorySegment transpose;
    private MemorySegment copyPanel;
    private MemorySegment copyPanels;
    private KernelException failure;

    private Routines() {
        try {
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
        } catch (KernelException e) {
            failure = e;
        } catch (Throwable e) {
            failure = new KernelException("the AVX2 kernels cannot be written into memory: " + e, e);
        }
    }

    /** @throws KernelException at the first and every later call, if the code could not be made executable */
    static void load() {
        if (LOADED.failure != null) {
            throw new KernelException(LOADED.failure.getMessage(), LOADED.failure);
        }
    }

    /** Runs {@link MicroKernel} for tiles of 1 to 6 rows. */
    static void multiply(int rows, long arguments) {
        call(LOADED.multiply.get(rows - 1), arguments);
    }

    static void transpose(long arguments) {
        call(LOADED.transpose, arguments);
    }

    /** Fills one panel. */
    static void copyPanel(long arguments) {
        call(LOADED.copyPanel, arguments);
    }

    /** Fills {@link Packing#PANELS} panels. */
    static void copyPanels(long arguments) {
        call(LOADED.copyPanels, arguments);
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
            throw new KernelException("the AVX2 kernels need " + BYTES + " B of memory, which mmap refused");
        }
        return pages.reinterpret(BYTES);
    }

    private static void protect(MemorySegment pages) throws Throwable {
        int refused = (int) named("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
                .invokeExact(pages, BYTES, READ | EXECUTE);
        if (refused != 0) {
            throw new KernelException("the AVX2 kernels need executable memory, which this system refuses (mprotect);"
                    + " -Dwitan.gemm=openblas does without");
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
