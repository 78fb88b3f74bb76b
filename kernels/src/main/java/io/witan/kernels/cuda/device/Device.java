package io.witan.kernels.cuda.device;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAllocAsync;
import static jcuda.driver.JCudaDriver.cuMemFreeAsync;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;

/**
 * One NVIDIA GPU with the kernels of {@link Fatbins}. Calls are queued on one stream and run in order; only {@link #copyOut},
 * {@link #synchronize}, {@link #close} and the first {@link #kernel} of a name wait. Used by the thread that opened it; another
 * one's calls fail only where the driver needs a context of the thread, as to load kernels.
 *
 * <p>Device memory is a {@link MemorySegment} that holds a device address: it can be sliced and its size is checked, but the
 * host must not read or write through it.
 *
 * <p>Every method throws {@link KernelException} when the device reports a fault. As calls are queued, a fault can show at a later
 * call than the one that caused it; the message names both. With {@code -Dwitan.cuda.synchronous=true} every launch is waited
 * for, so that they are the same.
 *
 * <p>A wait ends after {@value #TIMEOUT} seconds with an exception that names the kernel launched last. From then on calls that would
 * queue or wait fail at once, and {@link #release} and {@link #close} do nothing: the kernel may still use what they would free,
 * and the driver would wait for it. Beyond this deadline is only what the driver does inside a call that queues: it may wait
 * for room among what is queued, or for its buffers in {@link #copyIn}.
 */
public final class Device implements AutoCloseable {
    /** System property: wait for each launch, so that a fault is seen where it happens. Slow. */
    public static final String SYNCHRONOUS = "witan.cuda.synchronous";

    /** System property: the seconds that a wait for the device may last, {@value #DEFAULT_TIMEOUT_S} if it is not set. */
    public static final String TIMEOUT = "witan.cuda.timeout_s";

    private static final int DEFAULT_TIMEOUT_S = 300;
    private static final int LONGEST_TIMEOUT_S = 1_000_000;

    /** Dynamic shared memory beyond which a kernel has to ask for it. */
    private static final int SHARED_BYTES_UNASKED = 48 << 10;

    private static final long HOST_ALIGNMENT = 256;

    private final Arena arena = Arena.ofShared();
    private final DeviceInfo info;
    private final CUdevice handle;
    private final DeviceStream stream = new DeviceStream();
    private final Map<String, CUmodule> modules = new HashMap<>();
    private final Map<String, KernelCall> calls = new HashMap<>();
    private final Set<Long> allocations = new HashSet<>();
    private final boolean synchronous = Boolean.getBoolean(SYNCHRONOUS);
    private final long timeoutNs;
    private final Faults faults;
    private long allocatedBytes;
    private boolean open = true;

    private Device(int ordinal) {
        int timeoutS = timeoutS();
        timeoutNs = TimeUnit.SECONDS.toNanos(timeoutS);
        handle = Driver.device(ordinal);
        info = Driver.describe(handle);
        faults = new Faults(ordinal, info.name(), timeoutS);
        CUcontext context = new CUcontext();
        faults.check(cuDevicePrimaryCtxRetain(context, handle), "context");
        faults.check(cuCtxSetCurrent(context), "context");
        faults.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "stream");
    }

    /**
     * Opens a GPU for the calling thread.
     *
     * @param ordinal its number, from 0
     * @throws KernelUnavailableException in one line if there is no such GPU, no driver, one too old, the jar has no kernels, or
     *     {@value #TIMEOUT} is no number of seconds
     */
    public static Device open(int ordinal) {
        return new Device(ordinal);
    }

    private static int timeoutS() {
        String setting = System.getProperty(TIMEOUT, Integer.toString(DEFAULT_TIMEOUT_S));
        try {
            int seconds = Integer.parseInt(setting);
            if (seconds >= 1 && seconds <= LONGEST_TIMEOUT_S) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a number out of range is.
        }
        throw new KernelUnavailableException(
                "-D" + TIMEOUT + "=" + setting + ": allowed are whole seconds from 1 to " + LONGEST_TIMEOUT_S);
    }

    /** What it is. */
    public DeviceInfo info() {
        return info;
    }

    /** Bytes held by {@link #allocate}. */
    public long allocatedBytes() {
        return allocatedBytes;
    }

    /**
     * Memory with any contents, aligned to 256 bytes.
     *
     * @param bytes 0 or more
     * @throws KernelException naming the bytes asked for and the bytes free if there are too few
     */
    public MemorySegment allocate(long bytes) {
        DeviceAddress address = new DeviceAddress();
        int code = cuMemAllocAsync(address, Math.max(1, bytes), stream());
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            long[] free = new long[1];
            long[] total = new long[1];
            cuMemGetInfo(free, total);
            throw faults.outOfMemory(bytes, allocatedBytes, free[0], total[0]);
        }
        faults.check(code, "allocation of " + bytes + " bytes");
        allocations.add(address.value());
        allocatedBytes += bytes;
        return DeviceAddress.segment(address.value(), bytes);
    }

    /**
     * Frees what {@link #allocate} gave; what was queued before still finds it. After {@link #close}, or a wait that ran out, there is
     * nothing to free.
     */
    public void release(MemorySegment memory) {
        if (!open || stream.expired()) {
            return;
        }
        if (!allocations.remove(memory.address())) {
            throw new IllegalArgumentException("release of memory that " + info.name() + " did not allocate, or twice");
        }
        allocatedBytes -= memory.byteSize();
        faults.check(cuMemFreeAsync(DeviceAddress.of(memory), stream), "release of " + memory.byteSize() + " bytes");
    }

    /** Memory of the host, aligned to 256 bytes and freed with the device. */
    public MemorySegment hostMemory(long bytes) {
        return arena.allocate(bytes, HOST_ALIGNMENT);
    }

    /** Copies host memory, which may be reused when this returns. */
    public void copyIn(MemorySegment host, MemorySegment device, long bytes) {
        checkCopy(host, device, bytes);
        checkHost(host);
        if (bytes > 0) {
            int code = cuMemcpyHtoDAsync(DeviceAddress.of(device), new HostAddress(host), bytes, stream());
            faults.check(code, "copy of " + bytes + " bytes to the device");
        }
    }

    /** Copies to host memory, after all that was queued before, and waits. */
    public void copyOut(MemorySegment device, MemorySegment host, long bytes) {
        checkCopy(host, device, bytes);
        checkHost(host);
        awaitQueued();
        if (bytes > 0) {
            // The driver itself waits in a copy to pageable memory: by now for nothing but the copy.
            int code = cuMemcpyDtoHAsync(new HostAddress(host), DeviceAddress.of(device), bytes, stream());
            faults.check(code, "copy of " + bytes + " bytes to the host");
        }
        synchronize();
    }

    /** Copies device memory, which does not overlap. */
    public void copyWithin(MemorySegment from, MemorySegment to, long bytes) {
        checkCopy(from, to, bytes);
        if (bytes > 0) {
            int code = cuMemcpyDtoDAsync(DeviceAddress.of(to), DeviceAddress.of(from), bytes, stream());
            faults.check(code, "copy of " + bytes + " bytes on the device");
        }
    }

    private static void checkHost(MemorySegment host) {
        if (!host.isNative() || !host.scope().isAlive() || !host.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalArgumentException(
                    "a copy needs off-heap memory of the host that is alive and this thread's");
        }
    }

    private static void checkCopy(MemorySegment host, MemorySegment device, long bytes) {
        if (bytes < 0 || bytes > host.byteSize() || bytes > device.byteSize()) {
            throw new IllegalArgumentException("copy of " + bytes + " bytes between " + host.byteSize()
                    + " bytes of the host and " + device.byteSize() + " of the device");
        }
    }

    /** Sets every byte. */
    public void fill(MemorySegment device, byte value, long bytes) {
        checkCopy(device, device, bytes);
        if (bytes > 0) {
            faults.check(
                    cuMemsetD8Async(DeviceAddress.of(device), value, bytes, stream()), "fill of " + bytes + " bytes");
        }
    }

    /**
     * A kernel to launch.
     *
     * @param file the source file it is in, without {@code .cu}
     * @throws io.witan.kernels.KernelUnavailableException if the jar has none for this device
     */
    public KernelCall kernel(String file, String name) {
        return calls.computeIfAbsent(file + "." + name, ignored -> {
            // The driver may wait for what runs when it loads a kernel.
            awaitQueued();
            CUfunction function = new CUfunction();
            faults.checkFunction(cuModuleGetFunction(function, module(file), name), file, name);
            return new KernelCall(name, arena, (call, grid) -> launch(function, call, grid));
        });
    }

    private CUmodule module(String file) {
        return modules.computeIfAbsent(file, ignored -> {
            CUmodule module = new CUmodule();
            faults.checkModule(cuModuleLoadData(module, Fatbins.load(file)), file, info);
            return module;
        });
    }

    private void launch(CUfunction function, KernelCall call, KernelCall.Grid grid) {
        CUstream queue = stream();
        if (grid.sharedBytes() > SHARED_BYTES_UNASKED) {
            int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
            faults.checkLaunch(cuFuncSetAttribute(function, attribute, grid.sharedBytes()), call.describe(grid));
        }
        int code = cuLaunchKernel(
                function,
                grid.x(),
                grid.y(),
                1,
                grid.threads(),
                1,
                1,
                grid.sharedBytes(),
                queue,
                new HostAddress(call.pointers()),
                null);
        if (code != CUresult.CUDA_SUCCESS) {
            faults.checkLaunch(code, call.describe(grid));
        }
        faults.launched(call.name());
        if (synchronous) {
            faults.checkLaunch(stream.await(timeoutNs), call.describe(grid));
        }
    }

    void check(int code, String operation) {
        faults.check(code, operation);
    }

    /** Where everything is queued; after a wait that ran out nothing is. */
    CUstream stream() {
        requireUsable();
        return stream;
    }

    /** The driver's handle of {@link #stream}. */
    long streamAddress() {
        return stream.address();
    }

    /** @throws KernelException if a wait ran out */
    void requireUsable() {
        if (stream.expired()) {
            throw faults.unusable();
        }
    }

    /** Waits for all that was queued. */
    public void synchronize() {
        awaitQueued();
        // Over at once. The driver gives freed memory back to other processes at such a call, not at a query.
        faults.checkQueued(cuStreamSynchronize(stream));
    }

    private void awaitQueued() {
        requireUsable();
        faults.checkQueued(stream.await(timeoutNs));
    }

    /**
     * Waits before something is destroyed that a kernel may use.
     *
     * @return false if a wait ran out before, so that it must not be destroyed
     * @throws KernelException if the wait runs out now
     */
    boolean awaitLast() {
        if (open && !stream.expired()) {
            faults.checkEnded(stream.await(timeoutNs));
        }
        return !stream.expired();
    }

    /** Waits, then frees all, or nothing if a wait ran out before. A second call does nothing. */
    @Override
    public void close() {
        boolean destroy = awaitLast();
        if (!open || !destroy) {
            return;
        }
        open = false;
        try {
            for (long address : Set.copyOf(allocations)) {
                faults.check(cuMemFreeAsync(DeviceAddress.of(address), stream), "release at close");
            }
            synchronize();
        } finally {
            modules.values().forEach(module -> cuModuleUnload(module));
            cuStreamDestroy(stream);
            cuDevicePrimaryCtxRelease(handle);
            arena.close();
        }
    }
}
