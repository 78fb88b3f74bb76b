package io.witan.kernels.cuda;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Device;

/** Opens a device in a process of its own and prints what came of it: the driver is looked for once a process. */
final class OpenDevice {
    private OpenDevice() {}

    /** @param arguments the library to load before, if any */
    @SuppressWarnings("restricted")
    public static void main(String[] arguments) {
        for (String library : arguments) {
            System.load(library);
        }
        try (Device device = Device.open(0)) {
            System.out.println("opened " + device.info().name());
        } catch (KernelUnavailableException e) {
            System.out.println(e.getMessage());
        }
    }
}
