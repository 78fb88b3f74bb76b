package io.witan.kernels.cuda.device;

import static jcuda.driver.JCudaDriver.cuGetErrorName;
import static jcuda.driver.JCudaDriver.cuGetErrorString;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.driver.CUresult;

/** Codes of the driver as exceptions: what failed, on which device, with what shape, and why. */
final class Faults {
    /** A library that is missing, or a version of its symbols, at the end of a line. */
    private static final Pattern LIBRARY_FAULT =
            Pattern.compile("lib(cuda|cublas)\\.so\\S*: [^\\n]*$", Pattern.MULTILINE);

    /** What becomes of a device after a wait that ran out. */
    private static final String LEFT = "; the GPU is given up and left as it is until this process ends";

    private final String device;
    private final int timeoutS;
    private String lastLaunched = "none";

    /** @param timeoutS how long a wait lasts that ends with {@link CUresult#CUDA_ERROR_NOT_READY} */
    Faults(int ordinal, String name, int timeoutS) {
        this.timeoutS = timeoutS;
        device = "GPU " + ordinal + " (" + name + ")";
    }

    /** {@code CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)}. */
    static String cause(int code) {
        String[] name = {null};
        String[] text = {null};
        cuGetErrorName(code, name);
        cuGetErrorString(code, text);
        return (name[0] == null ? "error " + code : name[0]) + (text[0] == null ? "" : " (" + text[0] + ")");
    }

    /** {@code libcuda.so.1: cannot open shared object file: No such file or directory}: the end of a failure to load. */
    static String libraryFault(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        Matcher library = LIBRARY_FAULT.matcher(message);
        return library.find() ? library.group() : message.lines().findFirst().orElse(failure.toString());
    }

    void launched(String kernel) {
        lastLaunched = kernel;
    }

    void check(int code, String operation) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": " + operation + ": " + cause(code) + after());
        }
    }

    void checkLaunch(int code, String launch) {
        if (code == CUresult.CUDA_ERROR_NOT_READY) {
            throw new KernelException(device + ": " + launch + ": did not end in " + timeoutS + " s" + LEFT + "; -D"
                    + Device.TIMEOUT + "=SECONDS in WITAN_JAVA_OPTS waits longer");
        }
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": " + launch + ": " + cause(code));
        }
    }

    /** What a wait for all that was queued came to. */
    void checkQueued(int code) {
        checkEnded(code);
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": a kernel that was queued failed: " + cause(code) + after() + "; -D"
                    + Device.SYNCHRONOUS + "=true in WITAN_JAVA_OPTS names the one");
        }
    }

    /** As {@link #checkQueued}, where only a wait that ran out matters. */
    void checkEnded(int code) {
        if (code == CUresult.CUDA_ERROR_NOT_READY) {
            throw new KernelException(device + ": " + notEnded() + LEFT + "; in WITAN_JAVA_OPTS -D" + Device.SYNCHRONOUS
                    + "=true names the kernel, -D" + Device.TIMEOUT + "=SECONDS waits longer");
        }
    }

    /** For a call after a wait that ran out. */
    KernelException unusable() {
        return new KernelException(device + " cannot be used any more: " + notEnded());
    }

    private String notEnded() {
        return "what was queued did not end in " + timeoutS + " s" + after();
    }

    private String after() {
        return ", the last kernel launched being " + lastLaunched;
    }

    void checkFunction(int code, String file, String name) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": kernel " + name + " of " + file + ".cu: " + cause(code));
        }
    }

    void checkModule(int code, String file, DeviceInfo info) {
        if (code == CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU) {
            throw new KernelUnavailableException(device + " has compute capability " + info.capability() + ": " + file
                    + ".cu was compiled for others (" + Fatbins.build() + "); 8.0 or later is needed");
        }
        if (code == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION) {
            throw new KernelUnavailableException(
                    device + ": the driver is too old for the kernels of this jar (" + Fatbins.build() + ")");
        }
        check(code, "kernels of " + file + ".cu");
    }

    KernelException outOfMemory(long bytes, long held, long free, long total) {
        return new KernelException(device + ": out of memory: " + bytes + " bytes asked for, " + free + " of " + total
                + " free, " + held + " held by this process");
    }
}
