package io.witan.launcher.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.models.CheckpointWriter;
import io.witan.models.TrainedJiuZhang;
import io.witan.models.TrainedModel;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.refine.ChatEndpoint;
import io.witan.models.jiuzhang.refine.Draft;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.Solution;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import io.witan.models.jiuzhang.refine.SolvedProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    /** Asked first: an endpoint that cannot answer is told before anything is computed. */
    private static final Draft TRIAL =
            new Draft(Language.ENGLISH, List.of(), new SolvedProblem("What is 1 + 1?", new Solution("1 + 1", "3")));

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
            description = "model that --endpoint is asked for; required with it")
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

    @Option(names = "--tokens", paramLabel = "N", description = "of a reply of --writer at most (default: 200)")
    private Integer tokens;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "of a call to --endpoint (default: 60)")
    private Integer timeout;

    @Option(
            names = "--retries",
            paramLabel = "N",
            description = "of a call without an answer, or with status 429 or 5xx (default: 3)")
    private Integer retries;

    @Option(names = "--calls", paramLabel = "N", description = "to --endpoint at once (default: 4)")
    private Integer calls;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "JSON with drafts and refined solutions; must not exist")
    private Path out;

    @Override
    public Integer call() {
        require("--rounds", rounds, 1);
        require("--examples", examples, 0);
        require("--rows", number(most, 1), 1);
        boolean isEndpoint = writer.checkpoint == null;
        requireOnly("--tokens", tokens, !isEndpoint);
        requireOnly("--model", model, isEndpoint);
        requireOnly("--timeout", timeout, isEndpoint);
        requireOnly("--retries", retries, isEndpoint);
        requireOnly("--calls", calls, isEndpoint);
        require("--tokens", number(tokens, 200), 1);
        require("--timeout", number(timeout, 60), 1);
        require("--retries", number(retries, 3), 0);
        require("--calls", number(calls, 4), 1);
        requireRoomFor(out);
        CheckpointPath.require(folder);
        if (isEndpoint) {
            try (ChatEndpoint endpoint = endpoint()) {
                endpoint.write(TRIAL);
                refine(endpoint);
            }
            return 0;
        }
        try (TrainedModel text = TrainedModel.open(CheckpointPath.require(writer.checkpoint), threads())) {
            refine(new CheckpointWriter(text, number(tokens, 200)));
        }
        return 0;
    }

    private static int number(Integer given, int usual) {
        return given == null ? usual : given;
    }

    private void requireOnly(String option, Object value, boolean isAllowed) {
        if (value != null && !isAllowed) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " has no meaning with " + (writer.checkpoint == null ? "--endpoint" : "--writer"));
        }
    }

    /** Before anything is computed for it. */
    private static void requireRoomFor(Path file) {
        if (file == null) {
            return;
        }
        Path parent = file.toAbsolutePath().getParent();
        if (Files.exists(file)) {
            throw new LaunchException(ExitCode.OUTPUT, file + " exists; choose another --out");
        }
        if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new LaunchException(ExitCode.OUTPUT, "--out: " + parent + " is no folder that can be written to");
        }
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
        if (model == null) {
            throw new ParameterException(
                    spec.commandLine(), "--endpoint needs --model, the name of a model that it serves");
        }
        ChatEndpoint.Settings settings = new ChatEndpoint.Settings(
                writer.endpoint,
                model,
                Duration.ofSeconds(number(timeout, 60)),
                number(retries, 3),
                Duration.ofSeconds(1),
                number(calls, 4));
        try {
            return new ChatEndpoint(
                    settings, Optional.ofNullable(System.getenv(KEY)).orElse(""));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--endpoint " + writer.endpoint + ": " + e.getMessage()
                            + "; it must be a URL such as http://localhost:8000/v1, and " + KEY + ", if set, a token");
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
        Path part = out.resolveSibling("." + out.getFileName() + ".part");
        try {
            try {
                Files.writeString(part, json.toPrettyString() + "\n");
                Files.move(part, out);
            } finally {
                Files.deleteIfExists(part);
            }
            System.out.println("refined: " + out);
        } catch (IOException e) {
            throw new LaunchException(ExitCode.OUTPUT, out + " cannot be written: " + e);
        }
    }
}
