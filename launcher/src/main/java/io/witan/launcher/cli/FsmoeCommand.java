package io.witan.launcher.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.GridResult;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.Verdict;
import io.witan.scheduler.simulate.fsmoe.MoeSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** FSMoE's evaluation in the simulator. */
@Command(
        name = "fsmoe",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Simulates the evaluation of FSMoE: its 1458 layers and its models on its testbeds, the paper beside ours.",
        footer = {"", "Exit code 9: a mean is not where it should be."})
final class FsmoeCommand implements Callable<Integer> {
    private static final Map<String, MoeSystem> JSON_KEYS = jsonKeys();

    @Option(names = "--json", paramLabel = "FILE", description = "write the means over Tutel there too")
    private Path json;

    @Override
    public Integer call() {
        requireFolder();
        long start = System.nanoTime();
        FsmoeSimulation simulation = FsmoeSimulation.run();
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        FsmoeText.lines(simulation).forEach(System.out::println);
        System.out.printf("simulated in %.1f s%n", ms / 1e3);
        if (json != null) {
            write(simulation);
        }
        boolean passed = simulation.verdicts().stream().allMatch(Verdict::passed);
        return (passed ? ExitCode.OK : ExitCode.WRONG_RESULT).code();
    }

    /** Before seconds of work rather than after. */
    private void requireFolder() {
        if (json != null
                && (Files.isDirectory(json)
                        || !Files.isDirectory(json.toAbsolutePath().getParent()))) {
            throw new LaunchException(ExitCode.OUTPUT, "--json " + json + " is not a file in a folder that exists");
        }
    }

    private void write(FsmoeSimulation simulation) {
        Map<String, Map<String, Double>> means = new LinkedHashMap<>();
        for (GridResult grid : simulation.grids()) {
            Map<String, Double> ofTestbed = new LinkedHashMap<>();
            JSON_KEYS.forEach(
                    (key, system) -> ofTestbed.put(key, grid.overTutel().get(system)));
            means.put(grid.testbed().name(), ofTestbed);
        }
        try {
            JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), means);
        } catch (IOException e) {
            throw new LaunchException(ExitCode.OUTPUT, "--json " + json + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static Map<String, MoeSystem> jsonKeys() {
        Map<String, MoeSystem> keys = new LinkedHashMap<>();
        keys.put("tutel_improved", MoeSystem.TUTEL_IMPROVED);
        keys.put("fsmoe_no_iio", MoeSystem.FSMOE_ONE_LANE);
        keys.put("fsmoe", MoeSystem.FSMOE);
        keys.put("witan", MoeSystem.WITAN);
        return keys;
    }
}
