package io.witan.models.ul2;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A kind of denoiser, which a row's first token names. Its number, for gates and metrics, is its place here. */
public enum Mode {
    /** Regular: few short spans. */
    R,
    /** Sequential: the end of the text. */
    S,
    /** Extreme: long spans, or many. */
    X;

    /** Its denoisers, for people. */
    String words() {
        return Arrays.stream(Denoiser.values())
                .filter(denoiser -> denoiser.mode() == this)
                .map(Denoiser::words)
                .collect(Collectors.joining(", "));
    }

    /** All names, in the order of numbers. */
    static List<String> names() {
        return Arrays.stream(values()).map(Mode::name).toList();
    }
}
