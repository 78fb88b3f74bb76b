package io.witan.launcher.cli;

import io.witan.models.SampleConfig;
import io.witan.models.TrainedModel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints text that a trained model makes. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Generates text from a checkpoint, in this process.")
final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "text to go on from (default: a new document)")
    private String prompt;

    @Option(names = "--tokens", paramLabel = "N", description = "tokens to generate (default: the recipe's)")
    private Integer tokens;

    @Option(
            names = "--temperature",
            paramLabel = "X",
            description = "0 takes the most probable (default: the recipe's)")
    private Double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "choose from the K most probable (default: the recipe's)")
    private Integer topK;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "task that the text is of, for a model that was trained on several (default: the recipe's)")
    private String task;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "seed of the choice (default: 1)")
    private long seed;

    @Override
    public Integer call() {
        requireAtLeastZero("--tokens", tokens);
        requireAtLeastZero("--temperature", temperature);
        requireAtLeastZero("--top-k", topK);
        int threads = Runtime.getRuntime().availableProcessors();
        try (TrainedModel model = TrainedModel.open(CheckpointPath.require(folder), threads)) {
            SampleConfig recipe = model.recipe().sample();
            SampleConfig sample = new SampleConfig(
                    prompt == null ? recipe.prompt() : prompt,
                    tokens == null ? recipe.tokens() : tokens,
                    temperature == null ? recipe.temperature() : temperature,
                    topK == null ? recipe.topK() : topK,
                    task == null ? recipe.task() : Optional.of(task));
            System.out.println(model.generate(sample, seed));
        }
        return 0;
    }

    private void requireAtLeastZero(String option, Number value) {
        if (value != null && !(value.doubleValue() >= 0 && Double.isFinite(value.doubleValue()))) {
            throw new ParameterException(spec.commandLine(), option + " must be 0 or more, got " + value);
        }
    }
}
