package io.witan.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.models.CheckpointWriter;
import io.witan.models.TrainedJiuZhang;
import io.witan.models.TrainedModel;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.refine.ChatEndpoint;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Has the answers of a jiuzhang model put right by another model, and measures what that brings. */
@Command(
        name = "refine",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Writes answers to open questions and has another model put them right, round by round.",
        footer = {"", "WITAN_ENDPOINT_KEY in the environment is sent to --endpoint as bearer token."})
final class RefineCommand implements Callable<Integer> {
    private static final String KEY = "WITAN_ENDPOINT_KEY";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            required = true,
            description = "JSON Lines of problems, in the fields that eval reads")
    private Path data;

    @ArgGroup(multiplicity = "1")
    private Writer writer;

    /** Who puts drafts right. */
    private static final class Writer {
        @Option(
                names = "--endpoint",
                paramLabel = "URL",
                description = "speaks OpenAI's chat completions; without /chat/completions")
        private String endpoint;

        @Option(names = "--writer", paramLabel = "DIR", description = "or a checkpoint of a text model of Witan")
        private Path checkpoint;
    }

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "model that the endpoint is asked for (default: ${DEFAULT-VALUE})")
    private String model;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "2",
            description = "rounds at most; a problem ends before if its answer stays (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--examples",
            paramLabel = "K",
            defaultValue = "4",
            description = "solved problems of training that are shown beside each (default: ${DEFAULT-VALUE})")
    private int examples;

    @Option(names = "--rows", paramLabel = "N", description = "problems at most (default: all)")
    private Integer most;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "200",
            description = "of a reply of --writer at most (default: ${DEFAULT-VALUE})")
    private int tokens;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "of a call (default: ${DEFAULT-VALUE})")
    private int timeout;

    @Option(
            names = "--retries",
            paramLabel = "N",
            defaultValue = "3",
            description = "of a call without an answer, or with status 429 or 5xx (default: ${DEFAULT-VALUE})")
    private int retries;

    @Option(
            names = "--calls",
            paramLabel = "N",
            defaultValue = "4",
            description = "to the endpoint at once (default: ${DEFAULT-VALUE})")
    private int calls;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "JSON with drafts and refined solutions; must not exist")
    private Path out;

    @Override
    public Integer call() {
        require("--rounds", rounds, 1);
        require("--examples", examples, 0);
        require("--rows", most == null ? 1 : most, 1);
        require("--tokens", tokens, 1);
        require("--timeout", timeout, 1);
        require("--retries", retries, 0);
        require("--calls", calls, 1);
        if (out != null && Files.exists(out)) {
            throw new LaunchException(ExitCode.OUTPUT, out + " exists; choose another --out");
        }
        CheckpointPath.require(folder);
        if (writer.checkpoint == null) {
            try (ChatEndpoint endpoint = endpoint()) {
                refine(endpoint);
            }
            return 0;
        }
        try (TrainedModel text = TrainedModel.open(CheckpointPath.require(writer.checkpoint), threads())) {
            refine(new CheckpointWriter(text, tokens));
        }
        return 0;
    }

    private void require(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(spec.commandLine(), option + " must be " + least + " or more, got " + value);
        }
    }

    private static int threads() {
        return Runtime.getRuntime().availableProcessors();
    }

    private ChatEndpoint endpoint() {
        ChatEndpoint.Settings settings = new ChatEndpoint.Settings(
                writer.endpoint, model, Duration.ofSeconds(timeout), retries, Duration.ofSeconds(1), calls);
        try {
            return new ChatEndpoint(
                    settings, Optional.ofNullable(System.getenv(KEY)).orElse(""));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--endpoint must be a URL such as http://localhost:8000/v1, got " + writer.endpoint + " ("
                            + e.getMessage() + ")");
        }
    }

    private void refine(SolutionWriter by) {
        RowsToMeasure rows = new RowsToMeasure(data, Optional.of("answer"), most == null ? Integer.MAX_VALUE : most);
        try (TrainedJiuZhang jiuzhang = TrainedJiuZhang.open(folder, threads())) {
            EndReport report = jiuzhang.refine(rows, by, new Refinement.Settings(rounds, examples));
            System.out.println("step " + jiuzhang.step() + ", on " + data + ":");
            report.lines().forEach(System.out::println);
            if (out != null) {
                write(report.json());
            }
        }
    }

    /** Whole or not at all. */
    private void write(JsonNode json) {
        try {
            Path folderOf = out.toAbsolutePath().getParent();
            Path whole = Files.createTempFile(folderOf, "." + out.getFileName(), ".part");
            Files.writeString(whole, json.toPrettyString() + "\n");
            Files.move(whole, out);
            System.out.println("refined: " + out);
        } catch (IOException e) {
            throw new LaunchException(ExitCode.OUTPUT, out + " cannot be written: " + e);
        }
    }
}
