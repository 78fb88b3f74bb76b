package io.witan.models.jiuzhang.refine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.refine.RefinedProblem.End;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RefinementTest {
    private static final Map<String, List<String>> REPLIES = Map.of(
            "stays", List.of("Answer: 1", "so\nAnswer: 1.0", "Answer: 9"),
            "changes", List.of("Answer: 2", "Answer: 3", "three\nAnswer: 4"),
            "stops", List.of("Answer: 5", "no idea"),
            "fails", List.of("Answer: 6"));

    private static Problem problem(String text) {
        return new Problem("here:1", Language.ENGLISH, text, List.of(), -1, "", "4", List.of(), List.of(), text);
    }

    /** Replies by problem and round; none left: there is none. */
    private static final class Replies implements SolutionWriter {
        private final Map<String, Integer> calls = new ConcurrentHashMap<>();
        private final List<Draft> drafts = new CopyOnWriteArrayList<>();

        @Override
        public String write(Draft draft) {
            drafts.add(draft);
            String question = draft.problem().question();
            int call = calls.merge(question, 1, Integer::sum) - 1;
            List<String> replies = REPLIES.get(question);
            if (call >= replies.size()) {
                throw new WriterException("no reply");
            }
            return replies.get(call);
        }

        @Override
        public int callsAtOnce() {
            return 2;
        }
    }

    private static ExampleSource echo() {
        return (problems, solutions, count) -> IntStream.range(0, problems.size())
                .mapToObj(
                        i -> List.of(new SolvedProblem("like " + problems.get(i).text() + count, solutions.get(i))))
                .toList();
    }

    @Test
    void aProblemEndsWhenItsAnswerStaysOrItsReplyCannotBeUsed() {
        Replies writer = new Replies();
        List<RefinedProblem> refined = new Refinement(writer, echo(), new Refinement.Settings(3, 2))
                .refine(
                        List.of(problem("stays"), problem("changes"), problem("stops"), problem("fails")),
                        List.of(
                                new Solution("", "0"),
                                new Solution("", "4"),
                                new Solution("", ""),
                                new Solution("", "")));
        assertThat(refined)
                .extracting(RefinedProblem::end)
                .containsExactly(End.STABLE, End.NONE, End.UNREADABLE, End.FAILED);
        assertThat(refined).extracting(RefinedProblem::calls).containsExactly(2, 3, 2, 2);
        assertThat(refined)
                .extracting(RefinedProblem::solution)
                .containsExactly(
                        new Solution("so", "1.0"),
                        new Solution("three", "4"),
                        new Solution("", "5"),
                        new Solution("", "6"));
        assertThat(refined).extracting(RefinedProblem::draftIsRight).containsExactly(false, true, false, false);
        assertThat(refined).extracting(RefinedProblem::isRight).containsExactly(false, true, false, false);
        assertThat(writer.drafts)
                .filteredOn(draft -> draft.problem().question().equals("changes"))
                .extracting(draft -> draft.examples().getFirst())
                .containsExactly(
                        new SolvedProblem("like changes2", new Solution("", "4")),
                        new SolvedProblem("like changes2", new Solution("", "2")),
                        new SolvedProblem("like changes2", new Solution("", "3")));
    }

    @Test
    void anAnswerThatIsTheDraftsEndsTheFirstRound() {
        RefinedProblem refined = new Refinement(new Replies(), echo(), new Refinement.Settings(3, 0))
                .refine(List.of(problem("stays")), List.of(new Solution("", "1")))
                .getFirst();
        assertThat(refined.end()).isEqualTo(End.STABLE);
        assertThat(refined.calls()).isEqualTo(1);
    }

    @Test
    void aWriterThatIsGoneIsNotCalledForAllThatAreLeft() {
        int rows = 50;
        AtomicInteger calls = new AtomicInteger();
        SolutionWriter gone = new SolutionWriter() {
            @Override
            public String write(Draft draft) {
                if (calls.getAndIncrement() > 0) {
                    throw new WriterException("gone");
                }
                return "Answer: 1";
            }

            @Override
            public int callsAtOnce() {
                return 1;
            }
        };
        List<RefinedProblem> refined = new Refinement(gone, ExampleSource.none(), new Refinement.Settings(1, 0))
                .refine(
                        IntStream.range(0, rows)
                                .mapToObj(row -> problem("p" + row))
                                .toList(),
                        Collections.nCopies(rows, new Solution("", "")));
        assertThat(calls).hasValue(9);
        assertThat(refined).filteredOn(problem -> problem.end() == End.FAILED).hasSize(rows - 1);
    }

    @Test
    void aWriterThatIsNotThereEndsAll() {
        SolutionWriter none = new SolutionWriter() {
            @Override
            public String write(Draft draft) {
                throw new WriterException("nobody there");
            }

            @Override
            public int callsAtOnce() {
                return 2;
            }
        };
        Refinement refinement = new Refinement(none, echo(), new Refinement.Settings(1, 0));
        assertThatThrownBy(() -> refinement.refine(List.of(problem("stays")), List.of(new Solution("", ""))))
                .isInstanceOf(WriterException.class)
                .hasMessage("nobody there");
    }
}
