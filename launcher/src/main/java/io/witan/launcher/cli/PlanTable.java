package io.witan.launcher.cli;

import io.witan.launcher.exit.ExitCode;
import io.witan.models.RecipeForecast;
import io.witan.runtime.memory.FreeMemory;
import io.witan.runtime.memory.MemoryParts;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Forecasts for people, a line a policy, and whether the node has the memory for them. */
record PlanTable(int localRanks) {
    private static final double MEGABYTE = 1e6;

    ExitCode print(List<RecipeForecast.Forecast> forecasts) {
        System.out.println("memory of a rank, MB  parameters  gradients  optimizer  activations  scratch  transport"
                + "      jvm      sum  resident   step, ms  copies kept of layers");
        boolean fits = true;
        for (RecipeForecast.Forecast each : forecasts) {
            MemoryParts parts = each.memory();
            System.out.printf(
                    Locale.ROOT,
                    "%-20s  %10.1f  %9.1f  %9.1f  %11.1f  %7.1f  %9.1f  %7.1f  %7.1f  %8.1f  %9.1f  %s%n",
                    each.policy().label(),
                    parts.parameters() / MEGABYTE,
                    parts.gradients() / MEGABYTE,
                    parts.optimizer() / MEGABYTE,
                    parts.activations() / MEGABYTE,
                    parts.scratch() / MEGABYTE,
                    parts.transport() / MEGABYTE,
                    parts.jvm() / MEGABYTE,
                    parts.sum() / MEGABYTE,
                    each.residentBytes() / MEGABYTE,
                    each.stepNs() / MEGABYTE,
                    kept(each));
            fits &= checkFits(each);
        }
        return fits ? ExitCode.OK : ExitCode.OUT_OF_MEMORY;
    }

    /** For each layer: copies of the rank that holds most, and whether they stay for backward. */
    private static String kept(RecipeForecast.Forecast each) {
        StringBuilder text = new StringBuilder();
        for (int l = 0; l < each.copies().length; l++) {
            text.append(l == 0 ? "" : " ").append(each.copies()[l]).append(each.keeps()[l] ? "k" : "r");
        }
        return text.toString();
    }

    /** Names the layer at which the node's memory ends. */
    private boolean checkFits(RecipeForecast.Forecast each) {
        long available = FreeMemory.bytes();
        long needed = each.residentBytes() * localRanks;
        if (available == 0 || needed <= available) {
            return true;
        }
        long filled = (each.residentBytes() - Arrays.stream(each.layerBytes()).sum()) * localRanks;
        int layer = 0;
        while (layer < each.layerBytes().length - 1 && filled + each.layerBytes()[layer] * localRanks <= available) {
            filled += each.layerBytes()[layer++] * localRanks;
        }
        System.err.printf(
                Locale.ROOT,
                "witan: %s: %d ranks need %.1f MB, this machine has %.1f MB free: it ends at layer %d of %d, %.1f MB are missing%n",
                each.policy().label(),
                localRanks,
                needed / MEGABYTE,
                available / MEGABYTE,
                layer,
                each.layerBytes().length,
                (needed - available) / MEGABYTE);
        return false;
    }
}
