package io.witan.runtime.trace.overlap;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.witan.runtime.trace.LayerTimes;

/** What layers took, the mean of ranks, steps and layers, beside the event model's critical path; as {@link LayerTimes} has them. */
public record ModelComparison(
        @JsonProperty("moe_forward") Compared moeForward,
        @JsonProperty("moe_backward") Compared moeBackward,
        Compared layers) {
    /** One time, both ways. */
    public record Compared(
            @JsonProperty("predicted_ms") double predictedMs, @JsonProperty("measured_ms") double measuredMs) {
        /** Measured over predicted; 0 if nothing was predicted. */
        @JsonProperty("ratio")
        public double ratio() {
            return predictedMs == 0 ? 0 : measuredMs / predictedMs;
        }
    }

    /** Of the same run. */
    public static ModelComparison of(LayerTimes predicted, LayerTimes measured) {
        return new ModelComparison(
                new Compared(predicted.moeForwardMs(), measured.moeForwardMs()),
                new Compared(predicted.moeBackwardMs(), measured.moeBackwardMs()),
                new Compared(predicted.layersMs(), measured.layersMs()));
    }
}
