package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.data.ProblemFile;
import io.witan.runtime.data.arithmetic.Draws;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Files of made-up problems, as the model reads them. */
public final class SmallProblems {
    private static final int ROWS = 40;
    private static final String[] THINGS = {"apples", "pears", "boxes", "coins"};

    private SmallProblems() {}

    /** Writes all known files below a folder. */
    public static Path write(Path folder) {
        for (ProblemFile file : ProblemFile.values()) {
            List<String> rows = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                rows.add(row(file, row, new Draws(file.ordinal(), row)));
            }
            try {
                Path path = folder.resolve(file.path());
                Files.createDirectories(path.getParent());
                Files.write(path, rows);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        return folder;
    }

    /** One more row of English multiple choice. */
    public static String tal(int row) {
        return row(ProblemFile.TAL_ENGLISH, row, new Draws(ProblemFile.TAL_ENGLISH.ordinal(), row));
    }

    private static String row(ProblemFile file, int row, Draws draws) {
        int a = draws.between(2, 40);
        int b = draws.between(2, 40);
        String thing = draws.pick(THINGS);
        return switch (file) {
            case TAL_ENGLISH, TAL_CHINESE -> tal(file == ProblemFile.TAL_ENGLISH, row, a, b, thing);
            case MATH23K ->
                format(
                        "{'original_text': '第%d题，一共多少%s', 'segmented_text': '第 %d 题 ， 一共 多少 %s', 'equation': 'x=%d+%d',"
                                + " 'ans': '%d'}",
                        row, thing, row, thing, a, b, a + b);
            case CMATH -> format("{'input': '一共多少%s，%d', 'golden': '%d'}", thing, row, a);
            case CMATH_DISTRACTOR ->
                format(
                        "{'input': '天气好。一共多少%s，%d', 'original': '一共多少%s，%d', 'golden': '%d'}",
                        thing, row, thing, row, a);
            case GSM8K ->
                format(
                        "{'question': 'Number %d: %d and %d %s, how many?', 'answer': 'Add $%d$, then $%d$, so"
                                + " <<%d+%d=%d>>%d.\\n#### %d'}",
                        row, a, b, thing, a, b, a, b, a + b, a + b, a + b);
            case SVAMP ->
                format(
                        "{'Body': 'Number %d has %d %s', 'Question': 'What is left of %d?', 'Equation': '( %d - %d )', 'Answer': %d.0,"
                                + " 'Type': 'Subtraction'}",
                        row, a, thing, b, a, b, a - b);
        };
    }

    private static String tal(boolean english, int row, int a, int b, String thing) {
        String text = english ? "Count " + row + " of " + thing + ", what is it?" : "第" + row + "个" + thing + "是什么";
        return format(
                "{'qtype': 'single_choice', 'problem': '%s', 'answer_option_list': [[{'aoVal': 'A', 'content': '%d'}],"
                        + " [{'aoVal': 'B', 'content': '%d'}]], 'knowledge_point_routes': ['Wide->About %s'],"
                        + " 'answer_analysis': ['It is $%d$, not $%d$, as told.'], 'answer_value': '%s'}",
                text, a, a + b, thing, a, b, row % 2 == 0 ? "A" : "B");
    }

    private static String format(String row, Object... values) {
        return String.format(Locale.ROOT, row, values).replace('\'', '"');
    }
}
