package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Language;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words in which a writer is asked, and those in which it is to answer. */
public final class DraftPrompt {
    /** A line that begins with the mark of an answer, which may be set in Markdown. */
    private static final Pattern ANSWER = Pattern.compile(
            "^[\\s>*_]*(?:(?:the\\s+)?(?:final\\s+)?answer[\\s*_]*(?:[:：]|is\\b)|答案[\\s*_]*[:：是]|####)[\\s*_]*([^\\s*_:：].*?)[\\s*_]*$",
            Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

    private static final Pattern BOXED = Pattern.compile("^\\$*\\\\boxed\\{(.*)\\}\\$*$");

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

    /** The solution in a reply: its last line that is marked as the answer, and what stands before. Empty if no line is. */
    public static Optional<Solution> solution(String reply) {
        Matcher matcher = ANSWER.matcher(reply);
        Optional<Solution> found = Optional.empty();
        while (matcher.find()) {
            found = Optional.of(new Solution(reply.substring(0, matcher.start()).strip(), plain(matcher.group(1))));
        }
        return found.filter(solution -> !solution.answer().isEmpty());
    }

    private static String plain(String answer) {
        String text = answer.strip().replaceAll("[.。]+$", "").strip();
        Matcher boxed = BOXED.matcher(text);
        return boxed.matches() ? boxed.group(1).strip() : text;
    }
}
