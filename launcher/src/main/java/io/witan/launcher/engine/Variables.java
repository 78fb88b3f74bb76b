package io.witan.launcher.engine;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.Map;

/** An environment, read with what is allowed. Errors have code ENVIRONMENT. */
final class Variables {
    private final Map<String, String> environment;

    Variables(Map<String, String> environment) {
        this.environment = environment;
    }

    boolean has(String name) {
        return !text(name).isEmpty();
    }

    /** Empty if it is not set. */
    String text(String name) {
        return environment.getOrDefault(name, "").strip();
    }

    String required(String name) {
        if (!has(name)) {
            throw new LaunchException(ExitCode.ENVIRONMENT, name + " is not set");
        }
        return text(name);
    }

    int number(String name, int min, int max) {
        return number(name, required(name), min, max);
    }

    int number(String name, int min, int max, int otherwise) {
        return has(name) ? number(name, text(name), min, max) : otherwise;
    }

    private static int number(String name, String text, int min, int max) {
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw bad(name, text, "a whole number from " + min + " to " + max);
    }

    static LaunchException bad(String name, String value, String allowed) {
        String shown = value.replaceAll("\\p{Cntrl}+", " ");
        shown = shown.length() <= 80 ? shown : shown.substring(0, 80) + "...";
        return new LaunchException(ExitCode.ENVIRONMENT, name + " must be " + allowed + ", got \"" + shown + "\"");
    }
}
