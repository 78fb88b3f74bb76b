package io.witan.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.benchmarks.machine.Machine;
import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.CudaKernels;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceTimer;
import io.witan.kernels.cuda.device.Precision;
import io.witan.launcher.exit.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** The process of {@code bench gpu}: one row a case, as it goes, in Markdown on standard output and as JSON lines. */
public final class GpuBench {
    private static final String SIDE = "witan";

    /** No multiple of a width, so that rows do not repeat. */
    private static final int POOL = (1 << 24) - 8;

    /** What products read from their operands at least, all sets together: several times the cache of any device. */
    private static final long LEAST_BYTES = 512L << 20;

    private static final int SMALL_POOL = (1 << 14) - 8;
    private static final long SMALL_BYTES = 64 << 10;

    /** A machine whose device has less than this is no GPU of today: buffers stay small. */
    private static final long SMALL_DEVICE = 8L << 30;

    private final CudaKernels kernels;
    private final Optional<Blas> blas;
    private final ExpertProducts products;
    private final DeviceTimer timer;
    private final RandomData random;
    private final boolean isSmall;
    private final double seconds;
    private final Path json;
    private ExitCode outcome = ExitCode.OK;

    private GpuBench(CudaKernels kernels, Optional<Blas> blas, DeviceTimer timer, double seconds, Path json) {
        this.kernels = kernels;
        this.blas = blas;
        this.timer = timer;
        this.seconds = seconds;
        this.json = json;
        Device device = kernels.device();
        products = new ExpertProducts(device);
        isSmall = device.info().memoryBytes() < SMALL_DEVICE;
        random = new RandomData(device, isSmall ? SMALL_POOL : POOL);
    }

    /** @param args GPU, file of shapes, seconds a case, file for JSON lines, as {@link GpuCommand} has checked them */
    public static void main(String[] args) throws IOException {
        Shapes shapes = Shapes.read(Path.of(args[1]));
        try (CudaKernels kernels = CudaKernels.open(Integer.parseInt(args[0]), Precision.BF16);
                DeviceTimer timer = new DeviceTimer(kernels.device())) {
            Optional<Blas> blas = BlasProvider.choose(kernels.device(), Precision.BF16);
            GpuBench bench = new GpuBench(kernels, blas, timer, Double.parseDouble(args[2]), Path.of(args[3]));
            bench.head();
            for (Shapes.Line line : shapes.lines()) {
                bench.run(line);
            }
            blas.ifPresent(Blas::close);
            System.exit(bench.outcome.code());
        } catch (KernelUnavailableException e) {
            System.err.println("witan bench: " + e.getMessage());
            System.exit(ExitCode.ENVIRONMENT.code());
        }
    }

    private void head() {
        System.out.println("machine: " + Machine.describe());
        System.out.println("kernels: " + kernels.description());
        System.out.println("grouped products: " + products.description());
        System.out.printf(
                "%n| shape | operation | us | 90 %% | TFLOP/s | GB/s | calls |%n|---|---|--:|--:|--:|--:|--:|%n");
    }

    private void run(Shapes.Line line) throws IOException {
        Function<Buffers, List<Case>> make =
                switch (line.shape()) {
                    case Shapes.Copy copy -> buffers -> CeilingCases.copy(buffers, copy);
                    case Shapes.Square square ->
                        buffers -> blas.map(library -> CeilingCases.square(buffers, library, square))
                                .orElse(List.of());
                    case Shapes.Experts experts ->
                        buffers -> new ExpertCases(buffers, products, experts, isSmall ? SMALL_BYTES : LEAST_BYTES)
                                .cases();
                    case Shapes.Layer layer -> buffers -> new LayerCases(buffers, kernels, layer).cases();
                    case Shapes.Rows rows -> buffers -> new RowCases(buffers, kernels, rows).cases();
                    case Shapes.Attention attention ->
                        buffers -> new AttentionCases(buffers, kernels, attention.of()).cases();
                };
        run(line.key(), make);
        if (line.shape() instanceof Shapes.Rows rows) {
            run(line.key(), buffers -> new ElementCases(buffers, kernels, rows).cases());
        }
    }

    private void run(String shape, Function<Buffers, List<Case>> make) throws IOException {
        try (Buffers buffers = new Buffers(kernels.device(), random)) {
            for (Case timed : make.apply(buffers)) {
                run(shape, timed);
            }
        } catch (KernelException e) {
            note(shape, "all", "failed: " + e.getMessage(), ExitCode.INTERNAL);
            kernels.device().synchronize();
        }
    }

    private void run(String shape, Case timed) throws IOException {
        Timing timing;
        try {
            timed.steps().check(0);
            timing = Timing.of(timed, timer, seconds);
            timed.steps().check(timed.sets() - 1);
        } catch (WrongResultException wrong) {
            note(shape, timed.operation(), "wrong: " + wrong.getMessage(), ExitCode.WRONG_RESULT);
            return;
        } catch (KernelUnavailableException e) {
            note(shape, timed.operation(), "not executed: " + e.getMessage(), ExitCode.OK);
            return;
        }
        double us = timing.median() * 1e6;
        Case.Work work = timed.work();
        ObjectNode row = Rows.row(SIDE, shape, timed.operation())
                .put("p50_us", us)
                .put("least_us", timing.least() * 1e6)
                .put("p90_us", timing.most() * 1e6)
                .put("calls", timing.laps().length)
                .put("flops", work.flops())
                .put("bytes", work.bytes());
        Rows.append(json, row);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.1f | %.1f | %s | %s | %d |%n",
                shape,
                timed.operation(),
                us,
                timing.most() * 1e6,
                work.flops() == 0 ? "" : String.format(Locale.ROOT, "%.1f", work.flops() / us * 1e-6),
                work.bytes() == 0 ? "" : String.format(Locale.ROOT, "%.0f", work.bytes() / us * 1e-3),
                timing.laps().length);
    }

    private void note(String shape, String operation, String note, ExitCode code) throws IOException {
        Rows.append(json, Rows.row(SIDE, shape, operation).put("note", note));
        System.out.printf("| %s | %s | %s | | | | |%n", shape, operation, note);
        if (code == ExitCode.WRONG_RESULT || outcome == ExitCode.OK) {
            outcome = code;
        }
    }
}
