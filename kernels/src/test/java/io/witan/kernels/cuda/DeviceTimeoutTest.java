package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceTimer;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.cuda.device.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A kernel that never ends, and what a device does then. The shim ends the process at a call that would wait for it without a
 * deadline.
 */
@Timeout(60)
class DeviceTimeoutTest {
    private static final String LAST = "what was queued did not end in 1 s, the last kernel launched being ";
    private static final String LEFT = "; the GPU is given up and left as it is until this process ends; ";
    private static final String TIMED_OUT = "GPU 0 (shim): " + LAST + "faulty_never_ends" + LEFT
            + "in WITAN_JAVA_OPTS -Dwitan.cuda.synchronous=true names the kernel, -Dwitan.cuda.timeout_s=SECONDS waits longer";
    private static final String UNUSABLE = "GPU 0 (shim) cannot be used any more: " + LAST + "faulty_never_ends";

    @BeforeEach
    void aShortTimeout() {
        assumeTrue(TestDevice.isShim(), "nothing ends such a kernel on a GPU");
        System.setProperty(Device.TIMEOUT, "1");
    }

    @AfterEach
    void noSettings() {
        System.clearProperty(Device.TIMEOUT);
        System.clearProperty(Device.SYNCHRONOUS);
    }

    private static KernelCall neverEnds(Device device) {
        return device.kernel("activation", "faulty_never_ends");
    }

    private static void fails(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isExactlyInstanceOf(KernelException.class).hasMessage(message);
    }

    @Test
    void aWaitEndsAndLaterCallsFailAtOnce() {
        Device device = TestDevice.open();
        DeviceTimer timer = new DeviceTimer(device);
        MemorySegment memory = device.allocate(16);
        MemorySegment host = device.hostMemory(16);
        KernelCall call = neverEnds(device);
        call.launch(1, 32);
        device.fill(memory, (byte) 0, 16);
        long start = System.nanoTime();
        fails(() -> device.copyOut(memory, host, 16), TIMED_OUT);
        long afterwards = System.nanoTime();
        assertThat(afterwards - start).isGreaterThanOrEqualTo(1_000_000_000);

        fails(device::synchronize, UNUSABLE);
        fails(timer::start, UNUSABLE);
        fails(timer::laps, UNUSABLE);
        fails(() -> call.launch(1, 32), UNUSABLE);
        fails(() -> device.kernel("activation", "faultless_barrier"), UNUSABLE);
        fails(() -> device.allocate(16), UNUSABLE);
        fails(() -> device.fill(memory, (byte) 0, 16), UNUSABLE);
        fails(() -> device.copyIn(host, memory, 16), UNUSABLE);
        fails(() -> device.copyOut(memory, host, 16), UNUSABLE);
        fails(() -> device.copyWithin(memory, memory, 16), UNUSABLE);
        device.release(memory);
        timer.close();
        device.close();
        assertThat(System.nanoTime() - afterwards).as("ns of later calls").isLessThan(900_000_000);
        // A kernel may still use it.
        host.set(ValueLayout.JAVA_INT, 0, 1);
    }

    @Test
    void lapsEnd() {
        try (Device device = TestDevice.open();
                DeviceTimer timer = new DeviceTimer(device)) {
            timer.start();
            neverEnds(device).launch(1, 32);
            timer.stop();
            fails(timer::laps, TIMED_OUT);
        }
    }

    @Test
    void theNextKernelIsNotLoaded() {
        try (Device device = TestDevice.open()) {
            neverEnds(device).launch(1, 32);
            fails(() -> device.kernel("activation", "faultless_barrier"), TIMED_OUT);
        }
    }

    @Test
    void closingEnds() {
        Device device = TestDevice.open();
        neverEnds(device).launch(1, 32);
        fails(device::close, TIMED_OUT);
        device.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = BlasProvider.class,
            names = {"JCUBLAS", "CUBLAS13"})
    void closingALibraryEnds(BlasProvider provider) {
        TestDevice.prepareCublas();
        try (Device device = TestDevice.open()) {
            Blas blas = TestDevice.blas(provider, device, Precision.FP32);
            MemorySegment c = device.allocate(4);
            neverEnds(device).launch(1, 32);
            fails(blas::close, TIMED_OUT);
            Blas.Product product = new Blas.Product(Blas.Operation.PLAIN, Blas.Operation.PLAIN, 1, 1, 1, 1, 1, 1);
            fails(() -> blas.multiply(product, c, c, c, 0), UNUSABLE);
            blas.close();
        }
    }

    @Test
    void aLaunchThatIsWaitedForIsNamed() {
        System.setProperty(Device.SYNCHRONOUS, "true");
        try (Device device = TestDevice.open()) {
            KernelCall call = neverEnds(device);
            fails(
                    () -> call.launch(1, 32),
                    "GPU 0 (shim): faulty_never_ends on 1 blocks of 32 threads: did not end in 1 s" + LEFT
                            + "-Dwitan.cuda.timeout_s=SECONDS in WITAN_JAVA_OPTS waits longer");
            fails(device::synchronize, UNUSABLE);
        }
    }

    @Test
    void anotherDeviceIsNotConcerned() {
        try (Device device = TestDevice.open()) {
            neverEnds(device).launch(1, 32);
            fails(device::synchronize, TIMED_OUT);
        }
        try (Device device = TestDevice.open()) {
            device.synchronize();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1000001", "0.5", "5s", "", "never"})
    void aTimeoutThatIsNoNumberOfSecondsIsRefused(String setting) {
        TestDevice.prepare();
        System.setProperty(Device.TIMEOUT, setting);
        assertThatThrownBy(() -> Device.open(0))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessage("-Dwitan.cuda.timeout_s=" + setting + ": allowed are whole seconds from 1 to 1000000");
    }
}
