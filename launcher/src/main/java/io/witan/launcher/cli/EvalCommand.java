package io.witan.launcher.cli;

import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.TrainedModel;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataSources;
import io.witan.runtime.data.Split;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.data.TrigramBaseline;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TaskResult;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints the validation loss of a checkpoint beside a trigram model's. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a checkpoint on held-back text, in this process.")
final class EvalCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(
            names = "--data",
            paramLabel = "FILE|DIR",
            description = "other data; its held-back part is used (default: the run's data)")
    private Path data;

    private Recipe recipe() {
        ConfigTree tree = TrainedModel.config(folder);
        return Recipes.bind(
                data == null
                        ? tree
                        : tree.setText("data.source", "file", "--data")
                                .setText("data.path", data.toAbsolutePath().toString(), "--data"));
    }

    @Override
    public Integer call() {
        int threads = Runtime.getRuntime().availableProcessors();
        try (TrainedModel model = TrainedModel.open(CheckpointPath.require(folder), threads)) {
            Recipe recipe = recipe();
            TrainingData<TokenBatch> text = recipe.openData();
            Evaluator.Result result = model.evaluate(text);
            System.out.printf(
                    Locale.ROOT,
                    "step %d: validation loss %.4f nats per token, %.4f nats per byte (%d tokens, %d bytes)%n",
                    model.step(),
                    result.perToken(),
                    result.nllSum() / Math.max(1, text.validationBytes()),
                    result.targets(),
                    text.validationBytes());
            for (TaskResult task : result.tasks()) {
                System.out.printf(
                        Locale.ROOT,
                        "task %s: validation loss %.4f nats per token (%d tokens)%n",
                        task.task(),
                        task.perToken(),
                        task.targets());
            }
            Split split = DataSources.split(recipe.data());
            if (text.validationBytes() > 0) {
                System.out.printf(
                        Locale.ROOT,
                        "trigram model of the training text: %.4f nats per byte%n",
                        TrigramBaseline.fit(split.train()).natsPerByte(split.validation()));
            }
        }
        return 0;
    }
}
