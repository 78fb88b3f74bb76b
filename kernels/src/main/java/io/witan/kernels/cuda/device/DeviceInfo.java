package io.witan.kernels.cuda.device;

/**
 * What a GPU is.
 *
 * @param name as its driver gives it
 * @param computeCapability ten times the major number plus the minor: 90 for 9.0
 * @param multiprocessors how many blocks surely run side by side
 * @param sharedBytes shared memory that one block may ask for
 * @param memoryBytes memory of the device
 */
public record DeviceInfo(String name, int computeCapability, int multiprocessors, int sharedBytes, long memoryBytes) {
    private static final int HOPPER = 90;

    /** Whether it runs what only compute capability 9.0 has ({@code sm_90a}): products of warpgroups, tensor maps. */
    public boolean isHopper() {
        return computeCapability == HOPPER;
    }

    /** {@code 9.0}. */
    public String capability() {
        return computeCapability / 10 + "." + computeCapability % 10;
    }
}
