package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One line for each way in which a machine has no GPU that can be used. */
class DriverMessagesTest {
    private static String open(Map<String, String> environment, String... libraries) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                OpenDevice.class.getName()));
        command.addAll(List.of(libraries));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return output.strip();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String onShim(String setting, int value) {
        TestDevice.prepare();
        assumeTrue(TestDevice.isShim());
        return open(
                Map.of(setting, Integer.toString(value)),
                TestDevice.SHIM.resolve("libcuda.so.1").toString());
    }

    @Test
    void noDriver() {
        assumeTrue(TestDevice.isShim(), "a driver is there");
        assertThat(open(Map.of()))
                .startsWith("no NVIDIA driver: ")
                .contains("libcuda.so.1: cannot open shared object file")
                .endsWith("(needed: libcuda.so.1 of the driver, Linux on x86-64)")
                .hasLineCount(1);
    }

    @Test
    void noDevice() {
        assertThat(onShim("WITAN_SHIM_DEVICES", 0))
                .isEqualTo("no GPU can be used: CUDA_ERROR_NO_DEVICE (as its name says)");
    }

    @Test
    void oldDriver() {
        assertThat(onShim("WITAN_SHIM_DRIVER", 11040))
                .isEqualTo("the NVIDIA driver supports CUDA 11.4, needed is 12.0 or later");
    }

    @Test
    void oldDevice() {
        assertThat(onShim("WITAN_SHIM_CAPABILITY", 75))
                .isEqualTo("GPU 0 (shim) has compute capability 7.5, needed is 8.0 or later");
    }

    @Test
    void aGoodOne() {
        assertThat(onShim("WITAN_SHIM_CAPABILITY", 80)).isEqualTo("opened shim");
    }
}
