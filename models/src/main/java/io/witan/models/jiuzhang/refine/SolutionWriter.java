package io.witan.models.jiuzhang.refine;

/** Another model that can put solutions right. */
public interface SolutionWriter {
    /**
     * What it makes of a draft, as free text; {@link DraftPrompt} says what is asked for and reads the reply. Waits no longer than a deadline of its own.
     *
     * @throws WriterException in one line, if there is no reply
     */
    String write(Draft draft);

    /** Calls of {@link #write} that may run at once, each on a thread of its own; at least 1. */
    int callsAtOnce();
}
