package io.witan.launcher.watch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.witan.runtime.train.RankFigures;
import io.witan.runtime.train.StepResult;
import java.util.HashMap;
import java.util.Map;

/** What ranks tell of themselves with each step, as gauges with a label {@code rank}. Guarded by whoever guards the registry. */
final class RankGauges {
    private final MeterRegistry registry;
    private final Map<String, double[]> values = new HashMap<>();

    RankGauges(MeterRegistry registry) {
        this.registry = registry;
    }

    void take(StepResult result) {
        double[] load = RankWatch.relativeLoads(result);
        for (int rank = 0; rank < load.length; rank++) {
            RankFigures figures = result.ranks().get(rank);
            set("witan.rank.own.seconds", "in which the rank worked itself in the step", rank, figures.ownSeconds());
            set(
                    "witan.rank.wait.seconds",
                    "in which the rank waited for an exchange in the step",
                    rank,
                    figures.waitSeconds());
            set("witan.rank.sent.bytes", "payload that the rank sent in the step", rank, figures.sentBytes());
            set("witan.rank.resident.bytes", "of the rank's process", rank, figures.residentBytes());
            set("witan.rank.load", "assignments that the rank computed over the mean rank's", rank, load[rank]);
        }
    }

    private void set(String name, String help, int rank, double value) {
        values.computeIfAbsent(name + rank, _ -> gauge(name, help, rank))[0] = value;
    }

    private double[] gauge(String name, String help, int rank) {
        double[] value = new double[1];
        Gauge.builder(name, value, holder -> holder[0])
                .description(help)
                .tag("rank", Integer.toString(rank))
                .register(registry);
        return value;
    }
}
