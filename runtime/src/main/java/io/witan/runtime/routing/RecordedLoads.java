package io.witan.runtime.routing;

import io.witan.runtime.config.ConfigException;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsException;
import io.witan.runtime.metrics.MetricsReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The loads of an earlier run, step by step: an expert's probability is K times its share of the layer's assignments in that step. A
 * run that is longer begins the recording anew.
 */
public final class RecordedLoads implements ExpertPopularity {
    private static final String METRICS = "metrics.jsonl";

    private final String source;
    private final int topK;
    private final List<long[][]> steps;

    private RecordedLoads(String source, int topK, List<long[][]> steps) {
        this.source = source;
        this.topK = topK;
        this.steps = steps;
    }

    /** The MoE layers that a recording must be of: L of them with E experts each, K a token. */
    public record Shape(int layers, int experts, int topK) {
        @Override
        public String toString() {
            return layers + " layers of " + experts + " experts, top " + topK;
        }
    }

    /**
     * @param from a metrics file, or the output folder that it is in
     * @throws ConfigException in one line if there is no such recording, it is broken, or it is of another model
     */
    public static RecordedLoads read(Path from, Shape shape) {
        Path file = Files.isDirectory(from) ? from.resolve(METRICS) : from;
        List<LoadMetrics> loads;
        try {
            loads = MetricsReader.read(file).loads().stream()
                    .map(line -> ofExperts(line, shape))
                    .toList();
        } catch (MetricsException e) {
            throw new ConfigException("recorded loads: " + e.getMessage());
        }
        if (loads.isEmpty()) {
            throw new ConfigException("recorded loads: " + file + ": has no line with expert_load");
        }
        for (int i = 0; i < loads.size(); i++) {
            LoadMetrics line = loads.get(i);
            if (line.step() != i + 1) {
                throw new ConfigException("recorded loads: " + file + ": is broken: step " + line.step()
                        + " stands where step " + (i + 1) + " belongs");
            }
            check(file, line, shape);
        }
        return new RecordedLoads(
                file.toString(),
                shape.topK(),
                loads.stream().map(LoadMetrics::expertLoad).toList());
    }

    /** Of a run whose experts were in shards; all shards of an expert have its assignments. Others as they are. */
    private static LoadMetrics ofExperts(LoadMetrics line, Shape shape) {
        int sharding = line.sharding();
        boolean sharded = sharding > 1 && line.topK() == shape.topK() * sharding;
        for (long[] load : line.expertLoad()) {
            sharded &= load.length == shape.experts() * sharding;
        }
        if (!sharded) {
            return line;
        }
        long[][] loads = Arrays.stream(line.expertLoad())
                .map(load -> IntStream.range(0, shape.experts())
                        .mapToLong(e -> load[e * sharding])
                        .toArray())
                .toArray(long[][]::new);
        return new LoadMetrics(line.step(), shape.topK(), loads);
    }

    private static void check(Path file, LoadMetrics line, Shape shape) {
        long[][] load = line.expertLoad();
        String where = "recorded loads: " + file + ": step " + line.step();
        int experts = load.length == 0 ? 0 : load[0].length;
        boolean otherTopK = line.topK() != LoadMetrics.UNKNOWN_TOP_K && line.topK() != shape.topK();
        if (load.length != shape.layers() || experts != shape.experts() || otherTopK) {
            Shape recorded = new Shape(load.length, experts, otherTopK ? line.topK() : shape.topK());
            throw new ConfigException(where + " is of another model: " + recorded + "; this one has " + shape);
        }
        for (int l = 0; l < load.length; l++) {
            long sum = 0;
            long most = 0;
            long least = 0;
            for (long count : load[l]) {
                sum += count;
                most = Math.max(most, count);
                least = Math.min(least, count);
            }
            if (load[l].length != experts || least < 0 || sum <= 0) {
                throw new ConfigException(where + ", layer " + l + ": is broken: expected " + experts
                        + " counts of 0 or more that are not all 0");
            }
            if (most * shape.topK() > sum) {
                throw new ConfigException(where + ", layer " + l + ": an expert has " + most + " of " + sum
                        + " assignments, which top " + shape.topK() + " can't give: is it of another model?");
            }
        }
    }

    @Override
    public double[] inclusion(long step, int layer) {
        long[] load = steps.get((int) ((step - 1) % steps.size()))[layer];
        long sum = 0;
        for (long count : load) {
            sum += count;
        }
        double[] inclusion = new double[load.length];
        for (int e = 0; e < load.length; e++) {
            inclusion[e] = (double) topK * load[e] / sum;
        }
        return inclusion;
    }

    @Override
    public String description() {
        return "loads of " + source + ", " + steps.size() + (steps.size() == 1 ? " step" : " steps")
                + ", again from the first one after them";
    }
}
