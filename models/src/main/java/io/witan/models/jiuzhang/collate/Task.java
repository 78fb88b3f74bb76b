package io.witan.models.jiuzhang.collate;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a row trains. Its number, for gates and metrics, is its place here. */
public enum Task {
    /** Hidden tokens are told at their places. */
    MASKED(""),
    /** A damaged text is written whole. */
    DENOISING(""),
    /** A solution in disorder is written in order. */
    LOGIC(""),
    /** The answers of the model to {@link #MASKED} or {@link #DENOISING} are put right. */
    CHECKING(""),
    /** The knowledge point of a question. */
    KNOWLEDGE("knowledge point of the question :"),
    /** Which option is right. */
    CHOICE("choose the right option :"),
    /** The solution and the answer are written. */
    ANSWER("solve the problem :"),
    /** Whether two questions have the same knowledge point. */
    SIMILAR("are the questions similar :"),
    /** As {@link #CHOICE}, of generated questions about whole numbers. */
    ARITHMETIC("calculate and choose :");

    private final String prompt;

    Task(String prompt) {
        this.prompt = prompt;
    }

    /** The text before the question; empty in pre-training. */
    public String prompt() {
        return prompt;
    }

    /** Its name in metrics and configuration. */
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All names, in the order of numbers. */
    public static List<String> titles() {
        return Arrays.stream(values()).map(Task::title).toList();
    }
}
