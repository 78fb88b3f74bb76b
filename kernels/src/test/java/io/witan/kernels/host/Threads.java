package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs a check on back ends of one, two and three threads, with every provider of matrix products that runs here. */
final class Threads {
    private Threads() {}

    static void each(Consumer<Kernels> check) {
        for (GemmProvider provider : GemmProvider.runningHere()) {
            for (int threads = 1; threads <= 3; threads++) {
                try (Kernels kernels = HostKernels.open(threads, provider)) {
                    check.accept(kernels);
                }
            }
        }
    }

    /** The outputs of a run must have the same bits each time, and for each number of threads. */
    static void sameBits(Function<Kernels, List<Tensor>> run) {
        GemmProvider.runningHere().forEach(provider -> sameBits(provider, run));
    }

    /** As sameBits, but OpenBLAS only has to repeat itself with one number of threads. */
    static void sameBitsOfProducts(Function<Kernels, List<Tensor>> run) {
        for (GemmProvider provider : GemmProvider.runningHere()) {
            if (provider == GemmProvider.OPENBLAS) {
                for (int threads = 1; threads <= 3; threads++) {
                    repeated(threads, provider, run);
                }
            } else {
                sameBits(provider, run);
            }
        }
    }

    private static void sameBits(GemmProvider provider, Function<Kernels, List<Tensor>> run) {
        List<int[]> first = repeated(1, provider, run);
        for (int threads = 2; threads <= 3; threads++) {
            assertSame("with " + threads + " threads", repeated(threads, provider, run), first);
        }
    }

    private static List<int[]> repeated(int threads, GemmProvider provider, Function<Kernels, List<Tensor>> run) {
        try (Kernels kernels = HostKernels.open(threads, provider)) {
            List<int[]> first = bits(run.apply(kernels));
            for (int i = 0; i < 3; i++) {
                assertSame("repeated with " + threads + " threads", bits(run.apply(kernels)), first);
            }
            return first;
        }
    }

    private static List<int[]> bits(List<Tensor> outputs) {
        return outputs.stream().map(Tensor::bits).toList();
    }

    private static void assertSame(String what, List<int[]> actual, List<int[]> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Arrays.mismatch(actual.get(i), expected.get(i)))
                    .as("first element of output %d that differs, %s", i, what)
                    .isEqualTo(-1);
        }
    }
}
