package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.Doc;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.routing.ForcedSkew;
import io.witan.runtime.routing.RecordedLoads;
import io.witan.runtime.routing.ZipfPopularity;
import java.nio.file.Path;
import java.util.Optional;

/** Section {@code routing} of a recipe: for benchmarks, what takes the choice of experts from the router while it trains. */
public record RoutingConfig(
        @Doc("draw experts by a Zipf law: " + ForcedSkew.ALLOWED) Optional<String> forceSkew,
        @Doc("draw experts by the loads of an earlier run: its output folder or metrics file")
                Optional<String> replayLoads) {
    /** Refuses both at once, and a skew that can't be read. */
    public RoutingConfig {
        if (forceSkew.isPresent() && replayLoads.isPresent()) {
            throw new IllegalArgumentException(
                    "force_skew and replay_loads exclude each other: one routing is imposed, or none");
        }
        forceSkew.ifPresent(ForcedSkew::parse);
    }

    /** True if the router does not choose. */
    boolean isImposed() {
        return forceSkew.isPresent() || replayLoads.isPresent();
    }

    /**
     * The popularity that is imposed on this model's experts; empty: the router chooses.
     *
     * @throws io.witan.runtime.config.ConfigException in one line if recorded loads can't be read or are of another model
     */
    public Optional<ExpertPopularity> imposed(GptMoeConfig model, long seed) {
        if (replayLoads.isPresent()) {
            RecordedLoads.Shape shape = new RecordedLoads.Shape(model.layers(), model.experts(), model.topK());
            return Optional.of(RecordedLoads.read(Path.of(replayLoads.get()), shape));
        }
        return forceSkew.map(text -> new ZipfPopularity(ForcedSkew.parse(text), model.experts(), model.topK(), seed));
    }
}
