package io.witan.example.family;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.TrainingRun;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Trains a {@link SurfaceFamily} in this process; a second call goes on where the first one stopped. */
public final class TrainSurface {
    private static final List<String> SETTINGS = List.of(
            "model.d_model=16",
            "model.heads=1",
            "model.d_ff=32",
            "model.experts=4",
            "model.top_k=1",
            "model.gate_weights=probability",
            "train.steps=400",
            "train.global_batch=64",
            "train.lr=0.02",
            "train.warmup_steps=10",
            "train.eval_interval=100",
            "checkpoint.interval=100",
            "checkpoint.vault=false");

    private TrainSurface() {}

    /** @param args folder of the run, then settings such as {@code train.steps=1000} */
    public static void main(String[] args) {
        Path out = Path.of(args[0]);
        Recipe recipe = recipe(Arrays.asList(args).subList(1, args.length));
        TrainingRun.Settings settings =
                new TrainingRun.Settings(CommunicatorGroup.solo(), 1, 0, out, "surface example");
        try (TrainingRun run = open(recipe, settings)) {
            run.description().forEach(System.out::println);
            run.train(new Console(), () -> false);
        }
    }

    /** Goes on if there is something to go on from. */
    static TrainingRun open(Recipe recipe, TrainingRun.Settings settings) {
        SurfaceFamily family = new SurfaceFamily(recipe);
        Path out = settings.out();
        return out != null && Files.exists(out)
                ? TrainingRun.resume(recipe, family, settings, out)
                : TrainingRun.open(recipe, family, settings);
    }

    /** The built-in recipe {@code tiny} with other values: a family reads the sections that it knows. */
    static Recipe recipe(List<String> settings) {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting : SETTINGS) {
            tree = tree.set(setting, "example");
        }
        for (String setting : settings) {
            tree = tree.set(setting, "argument");
        }
        return Recipes.bind(tree);
    }

    private static final class Console implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            if (result.step() % 100 == 0) {
                System.out.printf(Locale.ROOT, "step %d: loss %.4f%n", result.step(), result.loss());
            }
        }

        @Override
        public void validated(long step, Evaluator.Result result) {
            System.out.printf(Locale.ROOT, "step %d: validation loss %.4f%n", step, result.perToken());
        }

        @Override
        public void checkpointed(long step, Path folder) {
            System.out.println("checkpoint: " + folder);
        }
    }
}
