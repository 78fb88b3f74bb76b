package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceTimer;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class DeviceTimerTest {
    private static final int LARGE = 256 << 20;

    /** No memory takes bytes so fast. */
    private static final double BYTES_PER_S = 5e13;

    @Test
    void timesWhatLiesBetween() {
        try (Device device = TestDevice.open();
                DeviceTimer timer = new DeviceTimer(device)) {
            MemorySegment memory = device.allocate(LARGE);
            for (int round = 0; round < 2; round++) {
                timer.start();
                device.fill(memory, (byte) 1, LARGE);
                timer.stop();
                timer.start();
                timer.stop();
                double[] laps = timer.laps();
                assertThat(laps).hasSize(2);
                assertThat(laps[0]).isGreaterThan(LARGE / BYTES_PER_S);
                assertThat(laps[1]).isNotNegative();
            }
            assertThat(timer.laps()).isEmpty();
        }
    }

    @Test
    void aLapHasABeginningAndAnEnd() {
        try (Device device = TestDevice.open();
                DeviceTimer timer = new DeviceTimer(device)) {
            assertThatThrownBy(timer::stop).hasMessage("no lap began");
            timer.start();
            assertThatThrownBy(timer::start).hasMessage("the lap that began was not stopped");
            assertThatThrownBy(timer::laps).hasMessage("the lap that began was not stopped");
        }
    }
}
