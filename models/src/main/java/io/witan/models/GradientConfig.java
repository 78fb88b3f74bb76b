package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.scheduler.gradient.GradientWindows;
import java.util.List;
import java.util.Optional;

/** Section {@code parallel.gradients} of a recipe. */
public record GradientConfig(
        @Doc(
                        "when sums of dense gradients over ranks begin: eager as soon as a layer's are complete, planned in windows of backward by measured times")
                @Default("eager")
                Release release,
        @Doc(
                        "planned: bytes that begin with each layer's MoE part and with the rest of it in backward, from the last layer on; left out: found at the start")
                @Range(min = 0)
                Optional<List<Long>> windowBytes) {
    /** When sums begin. */
    public enum Release {
        /** As soon as they can. */
        EAGER,
        /** In windows. */
        PLANNED
    }

    /** Refuses windows that no plan has. */
    public GradientConfig {
        windowBytes.ifPresent(GradientWindows::new);
    }

    static GradientConfig planned(GradientWindows windows) {
        return new GradientConfig(Release.PLANNED, Optional.of(windows.bytes()));
    }

    /** True if the run has to find windows. */
    boolean isOpen() {
        return isPlanned() && windowBytes.isEmpty();
    }

    boolean isPlanned() {
        return release == Release.PLANNED;
    }

    /** What a run goes by; empty: eager. */
    Optional<GradientWindows> windows() {
        return isPlanned() ? windowBytes.map(GradientWindows::new) : Optional.empty();
    }
}
