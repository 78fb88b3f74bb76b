package io.witan.launcher;

import io.witan.launcher.doctor.NativeProbe;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.flight.FlightFile;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.report.BalanceReport;
import io.witan.launcher.report.StepTimeline;
import io.witan.launcher.report.TrainingReport;
import io.witan.launcher.supervise.Outcome;
import io.witan.launcher.supervise.Terminal;
import io.witan.runtime.metrics.MetricsException;
import io.witan.runtime.trace.TraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a run that has ended leaves for people: pictures and pages in its folder, and lines that say where. */
record RunReports(Terminal terminal, RunPlan plan, RunSpec spec, Path folder) {
    /** @return the exit code of the launcher */
    int write(Outcome outcome) throws IOException {
        Path metrics = Path.of(spec.output().metricsFile());
        if (outcome.interrupted()) {
            terminal.summary("interrupted; to go on: bin/witan train --resume " + shown(folder));
        }
        if (!outcome.succeeded() && !outcome.interrupted()) {
            tellOfFlights();
            return outcome.exitCode();
        }
        terminal.summary("output: " + shown(folder));
        if (NativeProbe.fonts().state() != NativeProbe.Finding.State.FOUND) {
            terminal.error("witan: no pictures were drawn, as no font is installed (see bin/witan doctor)");
            return outcome.exitCode();
        }
        try {
            for (Path picture : TrainingReport.write(metrics, folder, plan.recipe())) {
                terminal.summary("picture: " + shown(picture));
            }
            BalanceReport.write(
                            metrics,
                            folder.resolve(OutputFolder.DECISIONS),
                            folder.resolve(OutputFolder.BALANCE),
                            new BalanceReport.Run(plan.recipe(), plan.sharding()))
                    .ifPresent(page -> terminal.summary("balance: " + shown(page)));
            if (!spec.output().traceFile().isEmpty()) {
                drawTrace(Path.of(spec.output().traceFile()));
            }
            return outcome.exitCode();
        } catch (IOException | MetricsException | TraceException e) {
            terminal.error("witan: cannot draw the pictures: " + e.getMessage());
            return outcome.succeeded() ? ExitCode.OUTPUT.code() : outcome.exitCode();
        }
    }

    private void tellOfFlights() throws IOException {
        if (FlightFile.isAny(folder)) {
            terminal.error("witan: bin/witan inspect " + shown(folder)
                    + " shows which rank was at which collective operation (" + OutputFolder.LOGS
                    + "/flight-rank-*.json)");
        }
    }

    /** Rank 0 has written it, if it is on this node and a wanted step has run. */
    private void drawTrace(Path trace) throws IOException {
        if (Files.exists(trace)) {
            terminal.summary("trace: " + shown(trace) + " (to be opened in https://ui.perfetto.dev)");
            Path picture = folder.resolve(OutputFolder.TIMELINE);
            StepTimeline.write(trace, picture, plan.recipe());
            terminal.summary("picture: " + shown(picture));
        }
    }

    /** As the user would type it from here. */
    static String shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        return path.startsWith(here) && !path.equals(here)
                ? here.relativize(path).toString()
                : path.toString();
    }
}
