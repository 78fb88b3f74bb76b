package io.witan.launcher.cli;

import io.witan.runtime.routing.ForcedSkew;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code --force-skew}, as {@code train} writes it. */
final class SkewOption {
    static final String NAME = "--force-skew";

    private SkewOption() {}

    /** @throws ParameterException in one line that says what is wrong and what is allowed */
    static ForcedSkew parse(String text, CommandLine line) {
        try {
            return ForcedSkew.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, NAME + ": " + e.getMessage());
        }
    }
}
