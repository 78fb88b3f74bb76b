package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.CudaKernels;
import io.witan.kernels.cuda.device.Fatbins;
import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.TestAbortedException;

/**
 * A model on the CUDA back end trains as on the host: with the kernels compiled as host C++ in the driver's place, whose memory
 * ends the process when the host touches it, or on a GPU with {@code -Dwitan.test.device=gpu}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceTrainingTest {
    /** Attention multiplies in bf16 on a device, whatever the precision of the other products. */
    private static final double FP32_PERCENT = 0.1;

    private static final double BF16_PERCENT = 1;
    private static final Path SHIM = Path.of("..", "kernels", "target", "shim").toAbsolutePath();
    private static final String[] SMALL = {
        "model.seq_len=16", "train.global_batch=4", "train.stop_after=4", "train.eval_interval=100", "data.documents=60"
    };

    private History host;

    @BeforeAll
    void train() {
        if (!Fatbins.present()) {
            throw new TestAbortedException(Fatbins.build());
        }
        if (System.getProperty("witan.test.device", "shim").equals("shim")) {
            load("libcuda.so.1");
            load("libcublas.so.13");
        }
        try {
            CudaKernels.deviceCount();
        } catch (KernelUnavailableException e) {
            throw new TestAbortedException(e.getMessage(), e);
        }
        host = TrainedRanks.train(recipe(), Topology.singleNode(1), null);
    }

    @SuppressWarnings("restricted")
    private static void load(String name) {
        Path library = SHIM.resolve(name).normalize();
        if (!Files.exists(library)) {
            throw new TestAbortedException("no g++ at build time: the CUDA kernels were not compiled for the host");
        }
        System.load(library.toString());
    }

    @AfterAll
    void forget() {
        System.clearProperty("witan.cuda.blas");
    }

    /** The choice is made on the host either way, so that loads are the same to the last token. */
    @Test
    void anImposedRoutingIsTheSameAsOnTheHost() {
        System.setProperty("witan.cuda.blas", "own");
        String skew = "routing.force_skew='zipf:1.2,drift=0.5'";
        History own = TrainedRanks.train(recipe(skew), Topology.singleNode(1), null);
        History device = TrainedRanks.train(
                recipe(skew, "parallel.device=cuda", "parallel.precision=fp32"), Topology.of(2), null);
        for (int step = 0; step < own.steps().size(); step++) {
            assertThat(device.steps().get(step).expertLoad())
                    .isDeepEqualTo(own.steps().get(step).expertLoad());
            assertThat(device.losses().get(step)).isCloseTo(own.losses().get(step), withinPercentage(FP32_PERCENT));
            assertThat(device.norms().get(step)).isCloseTo(own.norms().get(step), withinPercentage(10 * FP32_PERCENT));
        }
    }

    private static Recipe recipe(String... more) {
        return SameNumbersTest.recipe(
                Stream.concat(Stream.of(SMALL), Stream.of(more)).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "1, fp32, own, none",
        "2, fp32, own, block",
        "1, bf16, cublas13, none",
        "2, bf16, cublas13, none",
    })
    void trainsAsOnTheHost(int ranks, String precision, String blas, String recompute) {
        System.setProperty("witan.cuda.blas", blas);
        History device = TrainedRanks.train(
                recipe("parallel.device=cuda", "parallel.precision=" + precision, "model.recompute=" + recompute),
                Topology.of(ranks),
                null);
        assertSame(device, host, precision);
    }

    @ParameterizedTest
    @CsvSource({"1, fp32, own", "2, bf16, cublas13"})
    void sharedExpertsTrainAsOnTheHost(int ranks, String precision, String blas) {
        System.setProperty("witan.cuda.blas", blas);
        String shared = "model.shared_experts=2";
        History own = TrainedRanks.train(recipe(shared), Topology.singleNode(1), null);
        History device = TrainedRanks.train(
                recipe(shared, "parallel.device=cuda", "parallel.precision=" + precision), Topology.of(ranks), null);
        assertSame(device, own, precision);
    }

    /** Against whole experts on the host. */
    @ParameterizedTest
    @CsvSource({"fp32, own", "bf16, cublas13"})
    void expertsInShardsTrainAsOnTheHost(String precision, String blas) {
        System.setProperty("witan.cuda.blas", blas);
        History device = TrainedRanks.train(
                recipe("parallel.expert_sharding=2", "parallel.device=cuda", "parallel.precision=" + precision),
                Topology.of(2),
                null);
        assertSame(device, host, precision);
    }

    private static void assertSame(History device, History host, String precision) {
        double percent = precision.equals("fp32") ? FP32_PERCENT : BF16_PERCENT;
        assertThat(device.losses()).hasSameSizeAs(host.losses());
        for (int step = 0; step < device.losses().size(); step++) {
            assertThat(device.losses().get(step))
                    .as("loss of step " + (step + 1))
                    .isCloseTo(host.losses().get(step), withinPercentage(percent));
            assertThat(device.norms().get(step))
                    .as("gradient norm of step " + (step + 1))
                    .isCloseTo(host.norms().get(step), withinPercentage(10 * percent));
        }
    }
}
