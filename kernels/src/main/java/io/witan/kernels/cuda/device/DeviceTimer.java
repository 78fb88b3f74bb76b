package io.witan.kernels.cuda.device;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;

/**
 * How long a device works on what is queued between {@link #start} and {@link #stop}, by its own clock (driver events, half a
 * microsecond fine). Both are queued too and do not wait, so that many laps can be queued in a row. Used by the device's thread.
 */
public final class DeviceTimer implements AutoCloseable {
    private static final double SECONDS = 1e-3;

    private final Device device;
    private final List<CUevent> events = new ArrayList<>();
    private int recorded;

    public DeviceTimer(Device device) {
        this.device = device;
    }

    /** Begins a lap. */
    public void start() {
        if (isRunning()) {
            throw new IllegalStateException("the lap that began was not stopped");
        }
        record();
    }

    /** Ends the lap. */
    public void stop() {
        if (!isRunning()) {
            throw new IllegalStateException("no lap began");
        }
        record();
    }

    private boolean isRunning() {
        return recorded % 2 == 1;
    }

    private void record() {
        if (recorded == events.size()) {
            CUevent event = new CUevent();
            device.check(cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "event");
            events.add(event);
        }
        device.check(cuEventRecord(events.get(recorded), device.stream()), "event");
        recorded++;
    }

    /** Waits for the device; seconds of the laps since the last call, in order. */
    public double[] laps() {
        if (isRunning()) {
            throw new IllegalStateException("the lap that began was not stopped");
        }
        device.synchronize();
        double[] laps = new double[recorded / 2];
        float[] milliseconds = {0};
        for (int i = 0; i < laps.length; i++) {
            CUevent stop = events.get(2 * i + 1);
            device.check(cuEventElapsedTime(milliseconds, events.get(2 * i), stop), "time between events");
            laps[i] = milliseconds[0] * SECONDS;
        }
        recorded = 0;
        return laps;
    }

    /** Before the device is closed. */
    @Override
    public void close() {
        events.forEach(event -> cuEventDestroy(event));
        events.clear();
        recorded = 0;
    }
}
