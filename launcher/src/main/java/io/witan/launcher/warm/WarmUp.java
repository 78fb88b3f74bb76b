package io.witan.launcher.warm;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.launcher.RankContext;
import io.witan.launcher.process.SpareFolder;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.TrainingRun;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.data.DataCache;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Gets a process warm: trains a small run of the job's recipe for a few steps, drops it as if ranks had been lost, and goes on from its
 * vault, as a rank does that takes another's place. Its ranks are threads here, in a world of their own on the node's driver. It is done
 * after so many steps, or when a rank's job has come. Where the node's shared memory has no room for that, one rank trains alone and saves
 * nothing.
 */
public final class WarmUp {
    /** Steps before and after the drop. */
    private static final int[] STEPS = {5, 25};

    private static final int MOST_THREADS = 2;

    private final RankContext context;
    private final DataCache data;
    private final Recipe recipe;
    private final int ranks;
    /** Null: nothing is saved. */
    private final Path scratch;

    /**
     * @param context of a world whose ranks this process is
     * @param data has the job's texts afterwards
     */
    public WarmUp(RankContext context, DataCache data) throws IOException {
        this.context = context;
        this.data = data;
        this.recipe = SmallRecipe.of(ConfigSource.file(context.configFile()).load());
        boolean together = !context.outputFolder().toString().isEmpty()
                && new WarmUpMemory(recipe, context.topology().rankCount()).fitsBeside(context.outputFolder());
        this.ranks = together ? context.topology().rankCount() : 1;
        this.scratch = together ? context.outputFolder() : null;
    }

    /** Returns when it is done; nothing is left. */
    public void run() throws IOException, InterruptedException {
        try {
            if (scratch != null) {
                Files.createDirectory(scratch);
            }
            for (int attempt = 0; attempt < STEPS.length && !context.givenUp(); attempt++) {
                onAllRanks(attempt);
                if (scratch != null) {
                    // So that the vault has what no checkpoint has.
                    SpareFolder.delete(scratch.resolve("checkpoints"));
                }
            }
        } finally {
            if (scratch != null) {
                SpareFolder.delete(scratch);
            }
        }
    }

    private void onAllRanks(int attempt) throws InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Future<?>> running = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                int own = rank;
                running.add(threads.submit(() -> train(own, attempt)));
            }
            for (Future<?> one : running) {
                await(one);
            }
        }
    }

    private static void await(Future<?> running) throws InterruptedException {
        try {
            running.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException thrown -> throw thrown;
                case Error thrown -> throw thrown;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void train(int rank, int attempt) {
        TrainingRun.Settings settings = new TrainingRun.Settings(
                connect(rank, attempt),
                Math.min(context.threads(), MOST_THREADS),
                context.sharedBytes(),
                scratch,
                Optional.empty(),
                "warm-up",
                null,
                Timeline.OFF);
        boolean goesOn = attempt > 0 && scratch != null;
        ModelFamily<?, ?> family = Families.of(recipe, data);
        try (TrainingRun run = goesOn
                ? TrainingRun.goOn(recipe, family, settings, Optional.empty())
                : TrainingRun.open(recipe, family, settings)) {
            Steps steps = new Steps();
            run.train(steps, () -> steps.count >= STEPS[attempt] || context.givenUp());
        }
    }

    private CommunicatorGroup connect(int rank, int attempt) {
        if (ranks == 1) {
            return CommunicatorGroup.solo();
        }
        return AeronGroups.connect(new GroupConfig(
                        context.runId() + attempt,
                        rank,
                        context.topology(),
                        context.aeronDirectory().orElseThrow(),
                        context.endpoints(),
                        Duration.ofSeconds(recipe.parallel().deadlineSeconds()),
                        context.rendezvousTimeout(),
                        context.configHash())
                .givenUpWhen(context::givenUp, attempt > 0));
    }

    /** Counts them. */
    private static final class Steps implements TrainingObserver {
        private int count;

        @Override
        public void stepCompleted(StepResult result) {
            count++;
        }

        @Override
        public void validated(long step, Evaluator.Result result) {}

        @Override
        public void checkpointed(long step, Path folder) {}
    }
}
