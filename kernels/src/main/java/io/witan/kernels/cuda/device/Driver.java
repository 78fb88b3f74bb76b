package io.witan.kernels.cuda.device;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import io.witan.kernels.KernelUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** NVIDIA's driver of this machine, found once; a failure is kept, so that every caller sees its reason. */
public final class Driver {
    /** The oldest driver whose interface has all that is called: CUDA 12.0. */
    private static final int OLDEST = 12000;

    /** Compute capability 8.0: bf16 matrix instructions. */
    private static final int OLDEST_CAPABILITY = 80;

    private static final int NAME_BYTES = 256;

    private Driver() {}

    /**
     * The GPUs of this machine, in the order of their numbers.
     *
     * @throws KernelUnavailableException in one line if there is no driver, it is too old, or there is no GPU
     */
    public static List<DeviceInfo> devices() {
        require();
        int[] count = {0};
        check(cuDeviceGetCount(count));
        if (count[0] == 0) {
            throw new KernelUnavailableException("the NVIDIA driver is there but names no GPU");
        }
        List<DeviceInfo> all = new ArrayList<>();
        for (int ordinal = 0; ordinal < count[0]; ordinal++) {
            all.add(describe(handle(ordinal)));
        }
        return all;
    }

    static CUdevice device(int ordinal) {
        int count = devices().size();
        if (ordinal < 0 || ordinal >= count) {
            throw new KernelUnavailableException("GPU " + ordinal + " is asked for, this machine has "
                    + (count == 1 ? "one: 0" : count + ": 0.." + (count - 1)));
        }
        CUdevice device = handle(ordinal);
        DeviceInfo info = describe(device);
        if (info.computeCapability() < OLDEST_CAPABILITY) {
            throw new KernelUnavailableException("GPU " + ordinal + " (" + info.name() + ") has compute capability "
                    + info.capability() + ", needed is 8.0 or later");
        }
        if (!Fatbins.present()) {
            throw new KernelUnavailableException("GPU " + ordinal + " (" + info.name() + ") cannot be used: "
                    + Fatbins.build() + "; build with nvcc in PATH, or take a release jar");
        }
        return device;
    }

    private static CUdevice handle(int ordinal) {
        CUdevice device = new CUdevice();
        check(cuDeviceGet(device, ordinal));
        return device;
    }

    static DeviceInfo describe(CUdevice device) {
        byte[] name = new byte[NAME_BYTES];
        check(cuDeviceGetName(name, name.length, device));
        int length = 0;
        while (name[length] != 0) {
            length++;
        }
        long[] memory = {0};
        check(cuDeviceTotalMem(memory, device));
        return new DeviceInfo(
                new String(name, 0, length, StandardCharsets.UTF_8),
                10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                        + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                memory[0]);
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = {0};
        check(cuDeviceGetAttribute(value, which, device));
        return value[0];
    }

    private static void check(int code) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw new KernelUnavailableException("the NVIDIA driver: " + Faults.cause(code));
        }
    }

    private static void require() {
        if (Found.FAILURE != null) {
            throw new KernelUnavailableException(Found.FAILURE);
        }
    }

    /** Class initialisation makes the search happen once. */
    private static final class Found {
        static final String FAILURE = search();

        private static String search() {
            try {
                JCudaDriver.setExceptionsEnabled(false);
                int code = cuInit(0);
                if (code != CUresult.CUDA_SUCCESS) {
                    return "no GPU can be used: " + Faults.cause(code);
                }
                int[] version = {0};
                cuDriverGetVersion(version);
                return version[0] >= OLDEST
                        ? null
                        : "the NVIDIA driver supports CUDA " + version[0] / 1000 + "." + version[0] % 1000 / 10
                                + ", needed is " + OLDEST / 1000 + ".0 or later";
            } catch (LinkageError e) {
                return "no NVIDIA driver: " + Faults.libraryFault(e)
                        + " (needed: libcuda.so.1 of the driver, Linux on x86-64)";
            }
        }
    }
}
