package io.witan.models;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.Optional;

/** Section {@code checkpoint} of a recipe. */
public record CheckpointConfig(
        @Doc("steps between checkpoints besides the last, 0 for none") @Default("0") @Range(min = 0) int interval,
        @Doc("newest checkpoints kept") @Default("2") @Range(min = 1) int keep,
        @Doc("keep every step's state in mapped files, so that a killed run goes on from its last step")
                @Default("true")
                boolean vault,
        @Doc(
                        "output folder of a run, its checkpoints folder, or one checkpoint, with whose parameters training begins; not"
                                + " set: with those of model.init")
                Optional<String> initFrom) {}
