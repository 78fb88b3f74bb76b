package io.witan.launcher.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code --skew zipf:S}. */
final class SkewOption {
    private static final String PREFIX = "zipf:";
    private static final double MOST = 10;

    private SkewOption() {}

    /** @throws ParameterException in one line if the text is no skew from 0 to 10 */
    static double exponent(String text, CommandLine line) {
        try {
            double exponent = Double.parseDouble(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "none");
            if (exponent >= 0 && exponent <= MOST) {
                return exponent;
            }
        } catch (NumberFormatException notOne) {
            // The message below says it.
        }
        throw new ParameterException(line, "--skew must be zipf:S with S from 0 to 10, got \"" + text + "\"");
    }
}
