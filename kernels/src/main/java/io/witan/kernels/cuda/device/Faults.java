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

    private final String device;
    private String lastLaunched = "none";

    Faults(int ordinal, String name) {
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
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": " + launch + ": " + cause(code));
        }
    }

    void checkQueued(int code) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelException(device + ": a kernel that was queued failed: " + cause(code) + after() + "; -D"
                    + Device.SYNCHRONOUS + "=true in WITAN_JAVA_OPTS names the one");
        }
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
