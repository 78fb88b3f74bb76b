package io.witan.launcher.cli;

import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.GridResult;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.ModelResult;
import io.witan.scheduler.simulate.fsmoe.MoeSystem;
import io.witan.scheduler.simulate.fsmoe.PaperMeans;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** FSMoE's evaluation for people. */
final class FsmoeText {
    private static final String NONE = "-";

    private FsmoeText() {}

    static List<String> lines(FsmoeSimulation simulation) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "Lanes slow each other down by %.1f %% a pair, fitted to one row of the paper's Table 6 (GPT2-XL on B).",
                100 * simulation.contention().interIntra()));
        for (GridResult grid : simulation.grids()) {
            lines.add("");
            lines.add("Testbed " + grid.testbed().name() + ", mean speed-up over Tutel, " + grid.layers() + " layers");
            lines.add(String.format(Locale.ROOT, "  %-16s %8s %8s", "", "paper", "ours"));
            for (MoeSystem system : MoeSystem.values()) {
                String paper = PaperMeans.overTutel(grid.testbed(), system)
                        .map(FsmoeText::ratio)
                        .orElse(NONE);
                lines.add(row(system.label(), paper, ratio(grid.overTutel().get(system))));
            }
        }
        addModels(lines, simulation);
        lines.add("");
        simulation
                .verdicts()
                .forEach(verdict -> lines.add((verdict.passed() ? "holds  " : "FAILS  ") + verdict.what()));
        return lines;
    }

    private static void addModels(List<String> lines, FsmoeSimulation simulation) {
        lines.add("");
        lines.add("Whole models, ms an iteration");
        StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "  %-16s", ""));
        for (MoeSystem system : MoeSystem.values()) {
            head.append(String.format(Locale.ROOT, " %14s", system.label()));
        }
        lines.add(head.toString());
        for (ModelResult result : simulation.models()) {
            String name =
                    result.model().name() + " on " + result.model().testbed().name();
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-16s", name));
            for (MoeSystem system : MoeSystem.values()) {
                line.append(String.format(
                        Locale.ROOT, " %14.1f", result.iterationMs().get(system)));
            }
            lines.add(line + (result.fitted() ? "  fitted" : ""));
        }
        lines.add("");
        lines.add("Mean speed-up of FSMoE on models, without the fitted one, over");
        lines.add(String.format(Locale.ROOT, "  %-16s %8s %8s", "", "paper", "ours"));
        for (MoeSystem system : MoeSystem.values()) {
            PaperMeans.fsmoeOver(system)
                    .ifPresent(
                            paper -> lines.add(row(system.label(), ratio(paper), ratio(simulation.fsmoeOver(system)))));
        }
    }

    private static String row(String name, String paper, String ours) {
        return String.format(Locale.ROOT, "  %-16s %8s %8s", name, paper, ours);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
