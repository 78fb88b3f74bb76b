package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Driver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DeviceTest {
    @Test
    void copiesThereAndBack() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3, 4);
            MemorySegment back = arena.allocate(16);
            MemorySegment first = device.allocate(16);
            MemorySegment second = device.allocate(16);
            device.copyIn(host, first, 16);
            device.copyWithin(first, second, 16);
            device.fill(second.asSlice(4), (byte) -1, 8);
            device.copyOut(second, back, 16);
            assertThat(back.toArray(ValueLayout.JAVA_INT)).containsExactly(1, -1, -1, 4);
            assertThat(device.allocatedBytes()).isEqualTo(32);
            device.release(first);
            assertThatThrownBy(() -> device.release(first)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> device.copyIn(host, second, 17))
                    .hasMessageContaining("copy of 17 bytes between 16 bytes of the host and 16 of the device");
        }
    }

    /** The driver takes the context of most calls from their stream; to load kernels it needs the thread's own. */
    @Test
    void isOfTheThreadThatOpenedIt() throws InterruptedException {
        try (Device device = TestDevice.open()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread other = new Thread(() -> {
                try {
                    device.kernel("activation", "gelu");
                } catch (KernelException e) {
                    thrown.set(e);
                }
            });
            other.start();
            other.join();
            assertThat(thrown.get()).hasMessageContaining("kernels of activation.cu: CUDA_ERROR_INVALID_CONTEXT");
        }
    }

    @Test
    void namesWhatIsMissingWhenMemoryIsFull() {
        try (Device device = TestDevice.open()) {
            long tooMuch = 2 * device.info().memoryBytes();
            assertThatThrownBy(() -> device.allocate(tooMuch))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("out of memory: " + tooMuch + " bytes asked for, ")
                    .hasMessageContaining(" free, 0 held by this process");
        }
    }

    @Test
    void aKernelOrDeviceThatIsNotThereIsNamed() {
        try (Device device = TestDevice.open()) {
            assertThatThrownBy(() -> device.kernel("activation", "softsign"))
                    .hasMessageContaining("kernel softsign of activation.cu: CUDA_ERROR_NOT_FOUND");
            assertThatThrownBy(() -> device.kernel("none", "gelu"))
                    .hasMessageContaining("no CUDA kernels of the name none");
            assertThatThrownBy(() -> Device.open(99))
                    .isInstanceOf(KernelUnavailableException.class)
                    .hasMessageContaining("GPU 99 is asked for, this machine has");
            assertThat(Driver.devices()).contains(device.info());
        }
    }
}
