package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.metric.Answers;

/**
 * A problem on its way through the rounds.
 *
 * @param draft the solution at first
 * @param solution as it is
 * @param calls of the writer so far
 * @param end why no further call is made; {@link End#NONE}: one may be
 */
public record RefinedProblem(Problem problem, Solution draft, Solution solution, int calls, End end) {
    /** Why a problem goes through no further round. */
    public enum End {
        /** It would. */
        NONE,
        /** The answer was told again. */
        STABLE,
        /** A reply had no answer in it; the solution is the one before. */
        UNREADABLE,
        /** There was no reply; the solution is the one before. */
        FAILED
    }

    static RefinedProblem of(Problem problem, Solution draft) {
        return new RefinedProblem(problem, draft, draft, 0, End.NONE);
    }

    /** After a reply. */
    RefinedProblem replied(String reply) {
        return DraftPrompt.solution(reply)
                .map(told -> new RefinedProblem(
                        problem,
                        draft,
                        told,
                        calls + 1,
                        Answers.same(solution.answer(), told.answer()) ? End.STABLE : End.NONE))
                .orElseGet(() -> ended(End.UNREADABLE));
    }

    /** After a call without a reply. */
    RefinedProblem failed() {
        return ended(End.FAILED);
    }

    private RefinedProblem ended(End by) {
        return new RefinedProblem(problem, draft, solution, calls + 1, by);
    }

    /** Whether its draft had the known answer. */
    public boolean draftIsRight() {
        return Answers.same(problem.answer(), draft.answer());
    }

    /** Whether its solution has the known answer. */
    public boolean isRight() {
        return Answers.same(problem.answer(), solution.answer());
    }
}
