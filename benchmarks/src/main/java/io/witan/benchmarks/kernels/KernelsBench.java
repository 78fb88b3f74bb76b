package io.witan.benchmarks.kernels;

import io.witan.benchmarks.machine.Machine;
import io.witan.kernels.Kernels;
import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.host.GemmProvider;
import io.witan.kernels.host.HostKernels;
import io.witan.launcher.exit.ExitCode;
import java.lang.foreign.Arena;
import java.util.Locale;

/** The process of {@code bench kernels}; its tables are Markdown. */
public final class KernelsBench {
    private static final int EVEN_LARGE = 256;
    private static final int EVEN_SMALL = 64;
    private static final double ZIPF = 1.5;

    private final int width;
    private final int hidden;
    private final int experts;
    private final int rounds;

    private KernelsBench(int width, int hidden, int experts, int rounds) {
        this.width = width;
        this.hidden = hidden;
        this.experts = experts;
        this.rounds = rounds;
    }

    /** @param args width, hidden, experts, rounds, as {@link KernelsCommand} has checked them */
    public static void main(String[] args) {
        KernelsBench bench = new KernelsBench(
                Integer.parseInt(args[0]),
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                Integer.parseInt(args[3]));
        try (Kernels kernels = HostKernels.open(1)) {
            System.out.println("machine: " + Machine.describe());
            System.out.println("kernels: " + kernels.description());
            bench.experts(kernels);
            bench.memory(kernels);
        } catch (IllegalStateException wrong) {
            System.err.println("witan bench: " + wrong.getMessage());
            System.exit(ExitCode.WRONG_RESULT.code());
        }
    }

    private void experts(Kernels kernels) {
        System.out.printf(
                Locale.ROOT,
                "%nGELU experts %d x %d, forward and backward with activations; %d experts, %d rounds in turns.%n"
                        + "Plain: the six products as if one expert had all rows. Ratio: median over rounds of the grouped rate over"
                        + " the rate of plain OpenBLAS.%n%n"
                        + "| rows an expert | grouped GFLOP/s | plain OpenBLAS | plain %s | ratio |%n|---|--:|--:|--:|--:|%n",
                width,
                hidden,
                experts,
                rounds,
                GemmProvider.choose());
        experts(kernels, Integer.toString(EVEN_LARGE), even(EVEN_LARGE));
        experts(kernels, Integer.toString(EVEN_SMALL), even(EVEN_SMALL));
        experts(kernels, "Zipf(" + ZIPF + "), mean " + EVEN_LARGE, zipf());
    }

    private void experts(Kernels kernels, String name, int[] offsets) {
        try (Arena arena = Arena.ofShared()) {
            GroupedExperts grouped = new GroupedExperts(width, hidden, offsets, arena);
            GemmProvider.OPENBLAS.load();
            Gemm openBlas = GemmProvider.OPENBLAS.open(arena);
            Gemm chosen = GemmProvider.choose().open(arena);
            Turns turns = Turns.take(
                    rounds, () -> grouped.grouped(kernels), () -> grouped.plain(openBlas), () -> grouped.plain(chosen));
            grouped.grouped(kernels);
            grouped.check();
            double giga = grouped.operations() * 1e-9;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.1f | %.2f |%n",
                    name,
                    giga / turns.seconds(0),
                    giga / turns.seconds(1),
                    giga / turns.seconds(2),
                    turns.times(0, 1));
        }
    }

    private void memory(Kernels kernels) {
        System.out.printf(
                Locale.ROOT,
                "%nKernels bound by memory, %d columns. Ratio: bytes a second over those of a copy in the same rounds.%n%n"
                        + "| kernel | GB/s | copy GB/s | ratio |%n|---|--:|--:|--:|%n",
                width);
        try (Arena arena = Arena.ofShared()) {
            MemoryBound memory = new MemoryBound(width, arena);
            for (MemoryBound.Kernel kernel : memory.kernels(kernels)) {
                Turns turns = Turns.take(rounds, kernel.operation(), memory::copy);
                kernel.operation().run();
                kernel.check().run();
                double rate = kernel.bytes() * 1e-9 / turns.seconds(0);
                double copyRate = memory.copyBytes() * 1e-9 / turns.seconds(1);
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %.1f | %.1f | %.2f |%n",
                        kernel.name(),
                        rate,
                        copyRate,
                        turns.times(0, 1) * kernel.bytes() / memory.copyBytes());
            }
        }
    }

    private int[] even(int rows) {
        int[] offsets = new int[experts + 1];
        for (int e = 0; e < experts; e++) {
            offsets[e + 1] = offsets[e] + rows;
        }
        return offsets;
    }

    /** Expert e has rows in proportion to 1 / (e + 1)^1.5. */
    private int[] zipf() {
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            sum += Math.pow(e + 1, -ZIPF);
        }
        int[] offsets = new int[experts + 1];
        for (int e = 0; e < experts; e++) {
            int rows = (int) Math.round(experts * EVEN_LARGE * Math.pow(e + 1, -ZIPF) / sum);
            offsets[e + 1] = offsets[e] + rows;
        }
        return offsets;
    }
}
