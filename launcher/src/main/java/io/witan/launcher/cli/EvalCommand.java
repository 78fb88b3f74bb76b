package io.witan.launcher.cli;

import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.TrainedFamily;
import io.witan.models.TrainedModel;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a checkpoint: a text model's loss beside a trigram model's, or what a model of another family tells of rows. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures a checkpoint on held-back or given data, in this process.")
final class EvalCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(
            names = "--data",
            paramLabel = "FILE|DIR",
            description =
                    "other data (default: the run's): of a text model its held-back part is used, otherwise all rows of"
                            + " a JSON Lines file")
    private Path data;

    @ArgGroup(exclusive = false, heading = "%nModels of families jiuzhang and dmoerm:%n")
    private Rows rows;

    /** How rows are measured. */
    private static final class Rows {
        @Option(
                names = "--task",
                paramLabel = "NAME",
                description =
                        "knowledge, choice, answer, similar or arithmetic; of a reward model, a category (default: all but"
                                + " arithmetic, which asks of rows what choice does)")
        private String task;

        @Option(names = "--rows", paramLabel = "N", description = "rows of a task at most (default: all)")
        private Integer most;

        @Option(names = "--json", description = "print JSON")
        private boolean json;
    }

    @Override
    public Integer call() {
        ConfigTree tree = TrainedModel.config(CheckpointPath.require(folder));
        int threads = Runtime.getRuntime().availableProcessors();
        if (Families.isText(Recipes.bind(tree))) {
            measureText(tree, threads);
        } else {
            measureRows(threads);
        }
        return 0;
    }

    private void measureRows(int threads) {
        Optional<RowsToMeasure> file = file();
        try (TrainedFamily<?, ?> model = TrainedFamily.open(folder, threads)) {
            EndReport report = file.map(model::measure).orElseGet(model::report);
            if (rows != null && rows.json) {
                System.out.println(report.json().toPrettyString());
                return;
            }
            System.out.println("step " + model.step() + ", on "
                    + file.map(given -> given.file().toString()).orElse("what the run held back") + ":");
            report.lines().forEach(System.out::println);
        }
    }

    private Optional<RowsToMeasure> file() {
        boolean given = rows != null && (rows.task != null || rows.most != null);
        if (data == null && given) {
            throw new ParameterException(spec.commandLine(), "--task and --rows need --data, a file of rows");
        }
        int most = given && rows.most != null ? rows.most : Integer.MAX_VALUE;
        if (most < 1) {
            throw new ParameterException(spec.commandLine(), "--rows must be 1 or more, got " + most);
        }
        Optional<String> task = given ? Optional.ofNullable(rows.task) : Optional.empty();
        return Optional.ofNullable(data).map(file -> new RowsToMeasure(file, task, most));
    }

    private void measureText(ConfigTree tree, int threads) {
        if (rows != null) {
            throw new ParameterException(
                    spec.commandLine(), "--task, --rows and --json are for models of families jiuzhang and dmoerm");
        }
        try (TrainedModel model = TrainedModel.open(folder, threads)) {
            Recipe recipe = Recipes.bind(
                    data == null
                            ? tree
                            : tree.setText("data.source", "file", "--data")
                                    .setText("data.path", data.toAbsolutePath().toString(), "--data"));
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
    }
}
