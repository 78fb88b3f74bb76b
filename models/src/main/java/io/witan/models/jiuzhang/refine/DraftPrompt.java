package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Language;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words in which a writer is asked, and those in which it is to answer. */
public final class DraftPrompt {
    /** A line that tells the answer, in Markdown or not: its words, then what it is. */
    private static final Pattern ANSWER = Pattern.compile(
            "[\\h>*_#]*(?:(?:therefore|thus|so|hence),?\\h+)?"
                    + "(?:(?:the\\h+)?(?:final\\h+)?answer[\\h*_]*(?:[:：]|is\\b)|答案[\\h*_]*[:：是为])[\\h*_:：]*(.*)",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern MARKED = Pattern.compile("\\h*####\\h*([-$]*[\\d.].*)");
    private static final Pattern BOXED = Pattern.compile("\\$*\\\\boxed\\{(.*)\\}\\$*");
    private static final int LONGEST_LINE = 1000;

    private DraftPrompt() {}

    /** The words of one language. */
    private record Words(String instruction, String question, String solution, String answer, String draft) {}

    private static final Words ENGLISH = new Words(
            "You check solutions of maths problems. You get some solved problems and then one with a draft, which may be wrong or unfinished. Write a"
                    + " correct solution of that last problem, step by step and short. End with a line that holds nothing but \"Answer: \" and the"
                    + " final answer.",
            "Problem",
            "Solution",
            "Answer",
            "Draft");

    private static final Words CHINESE = new Words(
            "你负责检查数学题的解答。先给出几道已解好的题，最后一道题附有草稿，草稿可能有错或不完整。请为最后一道题写出正确而简短的分步解答，" + "最后单独用一行写出“答案：”和最终答案。",
            "题目",
            "解答",
            "答案",
            "草稿");

    private static Words words(Language language) {
        return language == Language.CHINESE ? CHINESE : ENGLISH;
    }

    /** What holds for every draft of a language. */
    public static String instruction(Language language) {
        return words(language).instruction;
    }

    /** Examples, problem and draft. */
    public static String of(Draft draft) {
        Words words = words(draft.language());
        StringBuilder text = new StringBuilder();
        for (SolvedProblem example : draft.examples()) {
            append(text, words, example, words.solution);
            text.append('\n');
        }
        append(text, words, draft.problem(), words.draft);
        return text.append('\n').append(words.solution).append(":\n").toString();
    }

    private static void append(StringBuilder text, Words words, SolvedProblem problem, String title) {
        text.append(words.question).append(": ").append(problem.question()).append('\n');
        text.append(title).append(": ").append(problem.solution().text()).append('\n');
        text.append(words.answer)
                .append(": ")
                .append(problem.solution().answer())
                .append('\n');
    }

    /** Where a text goes on with another problem in the words of {@link #of}; -1: nowhere. */
    public static int nextProblem(Language language, String text) {
        return text.indexOf("\n" + words(language).question + ": ");
    }

    /** The solution in a reply: its last line that tells an answer, and the lines before. Empty if no line does. */
    public static Optional<Solution> solution(String reply) {
        List<String> lines = reply.lines().toList();
        for (int line = lines.size() - 1; line >= 0; line--) {
            Optional<String> answer = answer(lines.get(line));
            if (answer.isPresent()) {
                String before = String.join("\n", lines.subList(0, line)).strip();
                return Optional.of(new Solution(before, answer.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> answer(String line) {
        if (line.length() > LONGEST_LINE) {
            return Optional.empty();
        }
        Matcher told = ANSWER.matcher(line);
        Matcher marked = MARKED.matcher(line);
        String text = told.matches() ? told.group(1) : marked.matches() ? marked.group(1) : "";
        if (text.isEmpty() && BOXED.matcher(line.strip()).matches()) {
            text = line;
        }
        return Optional.of(plain(text)).filter(answer -> !answer.isEmpty());
    }

    private static String plain(String answer) {
        String text = answer.strip()
                .replaceAll("[\\h*_]+$", "")
                .replaceAll("[.。]+$", "")
                .replaceAll("[\\h*_]+$", "");
        Matcher boxed = BOXED.matcher(text.strip());
        return boxed.matches() ? boxed.group(1).strip() : text.strip();
    }
}
