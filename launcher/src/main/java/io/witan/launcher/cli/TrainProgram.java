package io.witan.launcher.cli;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.flight.FlightRecord;
import io.witan.launcher.RankContext;
import io.witan.launcher.RankProgram;
import io.witan.launcher.Version;
import io.witan.launcher.flight.FlightFile;
import io.witan.launcher.output.VaultPlace;
import io.witan.launcher.warm.SteadyPace;
import io.witan.launcher.warm.WarmUp;
import io.witan.launcher.watch.MetricsEndpoint;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.TrainedModel;
import io.witan.models.TrainingRun;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.data.CopyReport;
import io.witan.runtime.data.DataCache;
import io.witan.runtime.data.DataSources;
import io.witan.runtime.engine.JvmFlags;
import io.witan.runtime.memory.FreeMemory;
import io.witan.runtime.memory.MemoryTable;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.trace.TraceFile;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** One rank of {@code train}: joins the world, trains its share, and on rank 0 writes metrics and a sample. */
final class TrainProgram implements RankProgram {
    private static final String SAMPLE = "sample.txt";
    private static final int OK = 0;

    /** From one attempt to the next, and from a spare's warm-up to its first. */
    private final DataCache data = new DataCache();

    @Override
    public int run(RankContext context) throws IOException {
        JvmFlags.require(context.topology().rankCount());
        if (context.rank() == 0 && !context.isRestart()) {
            // Before this rank meets the others, as the port below.
            context.traceFile().ifPresent(TraceFile::requireFree);
        }
        if (context.rank() > 0 || context.metricsPort().isEmpty()) {
            return run(context, Optional.empty());
        }
        // Before this rank meets the others: a port that is taken ends the run at once.
        try (MetricsEndpoint endpoint =
                MetricsEndpoint.open(context.metricsPort().getAsInt())) {
            context.console().line("metrics for Prometheus at " + endpoint.url());
            return run(context, Optional.of(endpoint));
        }
    }

    @Override
    public void warmUp(RankContext context) throws Exception {
        new WarmUp(context, data).run();
    }

    private int run(RankContext context, Optional<MetricsEndpoint> endpoint) throws IOException {
        Recipe recipe = Recipes.bind(ConfigSource.file(context.configFile()).load());
        CommunicatorGroup group = connect(context, recipe);
        try {
            return train(context, recipe, group, endpoint);
        } catch (Throwable failure) {
            recordFlight(context, group, failure);
            throw failure;
        }
    }

    /** What this rank's last operations were, for {@code inspect}. A rank alone has nobody to be compared with. */
    private static void recordFlight(RankContext context, CommunicatorGroup group, Throwable failure) {
        FlightRecord record = group.flightRecord();
        if (record.worldSize() == 1 || record.operations().isEmpty() || context.givenUp()) {
            return;
        }
        String error = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        try {
            FlightFile file = new FlightFile(context.outputFolder(), context.rank());
            file.write(context.failedWith(error), record);
            context.console().log("flight record: " + file.path());
        } catch (IOException e) {
            context.console().log("no flight record, as it cannot be written: " + e);
        }
    }

    private int train(RankContext context, Recipe recipe, CommunicatorGroup group, Optional<MetricsEndpoint> endpoint)
            throws IOException {
        TrainingRun.Settings settings = new TrainingRun.Settings(
                group,
                context.threads(),
                context.sharedBytes(),
                context.outputFolder(),
                VaultPlace.of(context.outputFolder(), context.topology(), context.sharedBytes(), FreeMemory.bytes()),
                "witan " + Version.current(),
                profiles(),
                context.traceFile().isPresent() ? Timeline.of(context.traceSteps()) : Timeline.OFF);
        TrainingLoop.Summary summary;
        try (TrainingRun run = open(context, recipe, settings);
                RunJournal journal = journal(context, recipe, run, endpoint)) {
            boolean tells = context.rank() == 0;
            Consumer<String> teller = tells ? context.console()::line : context.console()::log;
            run.description().forEach(context.isRestart() ? context.console()::log : teller);
            if (journal != null) {
                run.layerTimes().ifPresent(journal::costKnown);
                run.predictedStep().ifPresent(journal::stepPredicted);
            }
            run.notes().forEach(teller);
            if (run.completedSteps() > 0) {
                String origin = run.origin().isEmpty() ? "" : ", " + run.origin();
                teller.accept("going on after step " + run.completedSteps() + origin);
            }
            TrainingObserver observer = context.rank() == 0 ? journal : TrainingObserver.none();
            summary = run.train(new SteadyPace(observer, context), context::stopRequested);
            Optional<EndReport> report = summary.stopped() ? Optional.empty() : run.report();
            if (journal != null) {
                journal.ended(summary);
                if (report.isPresent()) {
                    tell(context, report.get());
                }
            } else if (!summary.memory().isEmpty()) {
                MemoryTable.lines(List.of(summary.memory().get(context.rank()))).forEach(context.console()::log);
            }
        }
        if (context.rank() == 0 && !summary.stopped()) {
            sample(context, recipe);
        }
        return OK;
    }

    /** Where costs are kept that runs on this machine measured. */
    private static Path profiles() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path folder =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return folder.resolve("witan").resolve("profiles");
    }

    private static CommunicatorGroup connect(RankContext context, Recipe recipe) {
        if (context.topology().rankCount() == 1) {
            return CommunicatorGroup.solo();
        }
        return AeronGroups.connect(new GroupConfig(
                        context.runId(),
                        context.rank(),
                        context.topology(),
                        context.aeronDirectory().orElseThrow(),
                        context.endpoints(),
                        Duration.ofSeconds(recipe.parallel().deadlineSeconds()),
                        context.rendezvousTimeout(),
                        context.configHash())
                .givenUpWhen(context::givenUp, context.isRestart()));
    }

    private TrainingRun open(RankContext context, Recipe recipe, TrainingRun.Settings settings) {
        ModelFamily<?, ?> family = Families.of(recipe, data);
        if (context.isRestart()) {
            return TrainingRun.goOn(recipe, family, settings, context.resume());
        }
        return context.resume().isPresent()
                ? TrainingRun.resume(recipe, family, settings, context.resume().get())
                : TrainingRun.open(recipe, family, settings);
    }

    private static RunJournal journal(
            RankContext context, Recipe recipe, TrainingRun run, Optional<MetricsEndpoint> endpoint) {
        return context.rank() == 0 ? RunJournal.open(context, recipe, run, endpoint) : null;
    }

    private static void tell(RankContext context, EndReport report) throws IOException {
        Path file = context.outputFolder().resolve(report.file());
        Files.writeString(file, report.json().toPrettyString() + "\n");
        report.lines().forEach(context.console()::summary);
        context.console().summary("report: " + file);
    }

    private static void sample(RankContext context, Recipe recipe) throws IOException {
        if (recipe.sample().tokens() == 0 || !Families.isText(recipe)) {
            return;
        }
        try (TrainedModel model = TrainedModel.open(context.outputFolder(), context.threads())) {
            String text = model.generate(recipe.sample(), recipe.train().seed());
            Path file = context.outputFolder().resolve(SAMPLE);
            Files.writeString(file, text + "\n");
            context.console().summary("sample (" + SAMPLE + "):");
            text.lines().forEach(line -> context.console().summary("  | " + line));
            CopyReport copies = CopyReport.of(DataSources.split(recipe.data()).train(), text);
            context.console()
                    .summary(String.format(
                            Locale.ROOT,
                            "%.0f %% of its words occur in the training text; its longest verbatim copy has %d characters",
                            100 * copies.trainingWordShare(),
                            copies.longestCopyChars()));
        }
    }
}
