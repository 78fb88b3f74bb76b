package io.witan.launcher.cli;

import io.witan.launcher.Version;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.models.huggingface.ModelExport;
import io.witan.models.huggingface.ModelImport;
import io.witan.models.huggingface.values.NumberFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** From a model's files to a checkpoint, or the other way. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Makes a checkpoint of a Hugging Face model (Mixtral, Qwen2-MoE, or Llama, Mistral and GPT-2 with --upcycle),",
            "or a Hugging Face model of a checkpoint: --from says which."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  witan convert --from Mixtral-8x7B-v0.1 --to runs/mixtral",
            "  witan train --recipe runs/mixtral/recipe.yaml --data problems.jsonl --out runs/tuned",
            "  witan convert --from runs/tuned --to Mixtral-tuned",
            "  witan convert --from TinyLlama-1.1B --to runs/sparse --upcycle 8 --top-k 2"
        })
final class ConvertCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--from",
            paramLabel = "DIR",
            required = true,
            description =
                    "a model's folder (config.json, safetensors, tokenizer.json); or the " + CheckpointPath.DESCRIPTION)
    private Path from;

    @Option(names = "--to", paramLabel = "DIR", required = true, description = "folder to make; must not exist")
    private Path to;

    @Mixin
    private FromModel fromModel = new FromModel();

    @Option(
            names = "--format",
            paramLabel = "f32|bf16|f16",
            description = "numbers of the model that is written (default: as in the model that it came from, else f32)")
    private String format;

    /** What has a meaning where --from is a model's folder. */
    private static final class FromModel {
        @Option(
                names = "--seq-len",
                paramLabel = "N",
                description = "positions of a training sequence (default: the model's, at most 1024)")
        private Integer seqLen;

        @Option(
                names = "--upcycle",
                paramLabel = "EXPERTS",
                description = "make so many experts of a dense model's FFN")
        private Integer experts;

        @Option(names = "--top-k", paramLabel = "K", description = "with --upcycle: experts a token (default: 2)")
        private Integer topK;

        @Option(
                names = "--noise",
                paramLabel = "X",
                description = "with --upcycle: multiply each copy's weights by 1 + X n, n standard normal (default: 0)")
        private Double noise;

        @Option(
                names = "--seed",
                paramLabel = "N",
                description = "with --upcycle: seed of routers and noise (default: 0)")
        private Long seed;
    }

    @Override
    public Integer call() {
        if (!Files.isDirectory(from)) {
            throw new LaunchException(ExitCode.CHECKPOINT, from + " is not a folder");
        }
        if (Files.exists(to)) {
            throw new LaunchException(ExitCode.OUTPUT, to + " exists; choose another --to");
        }
        return ModelImport.isModel(from) ? fromModel() : toModel();
    }

    private int fromModel() {
        if (format != null) {
            throw new ParameterException(
                    spec.commandLine(), "--format has no meaning where --from is a model's folder");
        }
        try (ModelImport model = ModelImport.open(from, options())) {
            System.out.println(model.description());
            model.write(to);
        }
        System.out.println("output: " + to);
        System.out.println("recipe: " + to.resolve(ModelImport.RECIPE));
        return 0;
    }

    private ModelImport.Options options() {
        if (fromModel.experts == null
                && (fromModel.topK != null || fromModel.noise != null || fromModel.seed != null)) {
            throw new ParameterException(spec.commandLine(), "--top-k, --noise and --seed need --upcycle");
        }
        requireAtLeast("--seq-len", fromModel.seqLen, 1);
        requireAtLeast("--upcycle", fromModel.experts, 1);
        requireAtLeast("--top-k", fromModel.topK, 1);
        requireAtLeast("--noise", fromModel.noise, 0);
        Optional<ModelImport.Upcycling> upcycling = Optional.ofNullable(fromModel.experts)
                .map(experts -> new ModelImport.Upcycling(
                        experts,
                        fromModel.topK == null ? Math.min(2, experts) : fromModel.topK,
                        fromModel.noise == null ? 0 : fromModel.noise,
                        fromModel.seed == null ? 0 : fromModel.seed));
        return new ModelImport.Options(
                fromModel.seqLen == null ? 0 : fromModel.seqLen, upcycling, "witan " + Version.current());
    }

    private void requireAtLeast(String option, Number value, int least) {
        if (value != null && !(value.doubleValue() >= least && Double.isFinite(value.doubleValue()))) {
            throw new ParameterException(spec.commandLine(), option + " must be " + least + " or more, got " + value);
        }
    }

    private int toModel() {
        if (fromModel.seqLen != null || fromModel.experts != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--seq-len and --upcycle need a model's folder as --from, got " + from
                            + " (no config.json beside model.safetensors or its index)");
        }
        try (ModelExport model = ModelExport.open(from, numbers())) {
            System.out.println(model.description());
            model.write(to);
        }
        System.out.println("output: " + to);
        return 0;
    }

    private Optional<NumberFormat> numbers() {
        if (format == null) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(NumberFormat.values())
                .filter(known -> known.word().equals(format.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "--format must be f32, bf16 or f16, got " + format)));
    }
}
