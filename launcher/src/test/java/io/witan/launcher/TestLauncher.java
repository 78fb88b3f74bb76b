package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.FailureRule;
import io.witan.launcher.process.JvmSettings;
import io.witan.runtime.state.Sharding;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A program like bin/witan whose recipes are the behaviours of {@link Behaviour}. */
final class TestLauncher {
    private TestLauncher() {}

    public static void main(String[] arguments) {
        System.exit(Launcher.run(arguments, composition()));
    }

    static Composition composition() {
        Training training = new Training(TestLauncher::plan, program(), TestLauncher::driver);
        List<FailureRule> rules = List.of(new FailureRule(UncheckedIOException.class, ExitCode.DATA));
        return new Composition(TestLauncher.class, Optional.of(training), List.of(), rules, TestLauncher::agentWords);
    }

    private static RankProgram program() {
        return new RankProgram() {
            @Override
            public int run(RankContext context) throws Exception {
                return Behaviour.of(context).run(context);
            }

            @Override
            public void warmUp(RankContext context) throws Exception {
                Behaviour.of(context).warmUp(context);
            }
        };
    }

    private static RunPlan plan(TrainRequest request) {
        String recipe = request.recipe().orElse("report");
        if (recipe.equals("unplannable")) {
            throw new UncheckedIOException(new java.io.IOException("train.jsonl:17: not a JSON object"));
        }
        long shmBytes = recipe.equals("huge") ? Long.MAX_VALUE : 1 << 16;
        return new RunPlan(
                recipe,
                recipe + "\n" + String.join("\n", request.overrides()) + "\n",
                "48m",
                shmBytes,
                Sharding.WHOLE,
                Optional.empty());
    }

    /** Stands in for the transport driver: a directory with a file, removed at the end. */
    private static AutoCloseable driver(Path directory) throws Exception {
        Files.createDirectory(directory);
        Path file = Files.writeString(directory.resolve("cnc"), "driver");
        return () -> Files.delete(file);
    }

    private static List<String> agentWords(String home) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-D" + JvmSettings.HOME_PROPERTY + "=" + home,
                "-cp",
                System.getProperty("java.class.path"),
                TestLauncher.class.getName(),
                "agent");
    }
}
