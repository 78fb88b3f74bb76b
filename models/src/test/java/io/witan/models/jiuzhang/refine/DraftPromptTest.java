package io.witan.models.jiuzhang.refine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.jiuzhang.data.Language;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DraftPromptTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Answer: 42|42",
                "answer:42.|42",
                "**Answer:** 42|42",
                "**Answer: 42**|42",
                "Final answer: $\\boxed{1/2}$|1/2",
                "The answer is 3 apples.|3 apples",
                "答案：12|12",
                "**答案**：12。|12",
                "#### 1,200|1,200",
                "> Answer: -3.5|-3.5",
                "### Answer: 42|42",
                "The answer is: 42|42",
                "Therefore, the answer is **42**.|42",
                "答案是：12|12",
                "$\\boxed{42}$|42",
            })
    void theLineOfTheAnswerIsFound(String line, String answer) {
        assertThat(DraftPrompt.solution("First 2 + 2.\nThen more.\n" + line + "\n"))
                .contains(new Solution("First 2 + 2.\nThen more.", answer));
    }

    @Test
    void whatStandsBehindTheAnswerDoesNotHideIt() {
        assertThat(DraftPrompt.solution("2 + 2\nAnswer: 4\n#### Check\nAnswer: \nIt fits."))
                .contains(new Solution("2 + 2", "4"));
        assertThat(DraftPrompt.solution("\n".repeat(100_000))).isEmpty();
    }

    @Test
    void theNextProblemIsFound() {
        assertThat(DraftPrompt.nextProblem(Language.ENGLISH, "a\nProblem: b")).isEqualTo(1);
        assertThat(DraftPrompt.nextProblem(Language.CHINESE, "a\nProblem: b")).isNegative();
    }

    @Test
    void theLastOfSeveralCounts() {
        assertThat(DraftPrompt.solution("Answer: 3\nNo, wait.\nAnswer: 4"))
                .contains(new Solution("Answer: 3\nNo, wait.", "4"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "It is 4.", "Answer:", "I cannot answer: sorry", "Answered 3 questions", "#### Check"})
    void aReplyWithoutOneHasNoSolution(String reply) {
        assertThat(DraftPrompt.solution(reply)).isEmpty();
    }

    @Test
    void examplesComeBeforeTheProblemAndItsDraft() {
        Draft draft = new Draft(
                Language.CHINESE,
                List.of(new SolvedProblem("一加一", new Solution("1+1", "2"))),
                new SolvedProblem("二加二", new Solution("2+2", "5")));
        assertThat(DraftPrompt.of(draft)).isEqualTo("题目: 一加一\n解答: 1+1\n答案: 2\n\n题目: 二加二\n草稿: 2+2\n答案: 5\n\n解答:\n");
        assertThat(DraftPrompt.instruction(Language.ENGLISH)).contains("Answer: ");
        assertThat(DraftPrompt.instruction(Language.CHINESE)).contains("答案：");
    }
}
