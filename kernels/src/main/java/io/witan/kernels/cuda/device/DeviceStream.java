package io.witan.kernels.cuda.device;

import static jcuda.driver.JCudaDriver.cuStreamQuery;

import java.util.concurrent.locks.LockSupport;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;

/** A stream whose handle libraries outside JCuda can be given, and that is never waited for without a deadline. One thread at a time. */
final class DeviceStream extends CUstream {
    /** As long a wait asks again and again; the sleeps after it, with what the system adds, are about 1 % of it. */
    private static final long SPIN_NS = 5_000_000;

    private static final long SLEEP_NS = 20_000;

    private boolean expired;

    long address() {
        return getNativePointer();
    }

    /** Whether a wait ran out: what is queued may never end, and any call of the driver that waits for it would not return. */
    boolean expired() {
        return expired;
    }

    /**
     * Waits for all that was queued.
     *
     * @return the driver's code; {@link CUresult#CUDA_ERROR_NOT_READY} if the time ran out
     */
    int await(long timeoutNs) {
        long start = System.nanoTime();
        while (true) {
            // Before the query, so that a process that was stopped for long asks once more.
            long waitedNs = System.nanoTime() - start;
            int code = cuStreamQuery(this);
            if (code != CUresult.CUDA_ERROR_NOT_READY) {
                return code;
            }
            if (waitedNs >= timeoutNs) {
                expired = true;
                return code;
            }
            if (waitedNs < SPIN_NS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(SLEEP_NS);
            }
        }
    }
}
