package io.witan.runtime.checkpoint;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Name of a published folder: step-00000100, or step-00000100.r1 when the step was published once more. A folder is never
 * written over: the pointer moves to the new revision, then the old one goes.
 */
record StepFolder(long step, int revision) {
    private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})(?:\\.r([1-9]\\d{0,8}))?");
    private static final Pattern LEFTOVER =
            Pattern.compile("\\.step-\\d{8,18}(?:\\.r[1-9]\\d{0,8})?\\.(?:staging|discarded)");

    static String baseName(long step) {
        return String.format(Locale.ROOT, "step-%08d", step);
    }

    static String stagingName(long step) {
        return "." + baseName(step) + ".staging";
    }

    /** Whether a name belongs to an interrupted save or an unfinished removal. */
    static boolean isLeftover(String name) {
        return LEFTOVER.matcher(name).matches();
    }

    static Optional<StepFolder> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int revision = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        StepFolder folder = new StepFolder(Long.parseLong(matcher.group(1)), revision);
        return folder.name().equals(name) ? Optional.of(folder) : Optional.empty();
    }

    String name() {
        return revision == 0 ? baseName(step) : baseName(step) + ".r" + revision;
    }

    String discardedName() {
        return "." + name() + ".discarded";
    }
}
