package io.witan.launcher.supervise;

import static io.witan.launcher.supervise.ScriptedAgent.exit;
import static io.witan.launcher.supervise.ScriptedAgent.gone;
import static io.witan.launcher.supervise.ScriptedAgent.inTurn;
import static io.witan.launcher.supervise.ScriptedAgent.lost;
import static io.witan.launcher.supervise.ScriptedAgent.nothing;
import static io.witan.launcher.supervise.ScriptedAgent.up;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.supervise.ScriptedAgent.Script;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When ranks are started again, and which. */
@Timeout(30)
final class RestartTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final SupervisionLimits PATIENT = new SupervisionLimits(LONG, LONG, LONG, LONG, LONG);
    private static final SupervisionLimits IMPATIENT =
            new SupervisionLimits(LONG, LONG, LONG, LONG, Duration.ofMillis(50));
    private static final int KILLED = 128 + 9;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> calls = new ArrayList<>();
    private final List<List<RankRecord>> starts = new ArrayList<>();

    private Outcome run(SupervisionLimits limits, int maxRestarts, Script... scripts) throws InterruptedException {
        Terminal terminal = new Terminal(new ByteArrayOutputStream(), err, new TerminalStyle(false, false, 80));
        return new Supervisor(
                        ScriptedAgent.members(maxRestarts, calls, scripts),
                        terminal,
                        limits,
                        started -> starts.add(started))
                .run();
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aKilledRankIsStartedAgainAndAllGoOn() throws Exception {
        Outcome outcome = run(
                PATIENT,
                3,
                new Script(up(0), exit(0, 1, 0), nothing(), nothing()),
                new Script(up(1).andThen(gone(1, 0, KILLED)), up(1, 201).andThen(exit(1, 1, 0)), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(err()).contains("rank 1 on node n1 was killed by SIGKILL; restart 1 of 3");
        assertThat(calls)
                .containsExactly(
                        "go on 0 attempt 1 run 0000000000000001 replace []",
                        "go on 1 attempt 1 run 0000000000000001 replace []",
                        "close 0",
                        "close 1");
        assertThat(starts).hasSize(2);
        assertThat(starts.getLast()).extracting(RankRecord::pid).containsExactly(100L, 201L);
    }

    @Test
    void newsOfAProcessThatWasReplacedCountForNothing() throws Exception {
        Outcome outcome = run(
                IMPATIENT,
                1,
                new Script(up(0), exit(0, 1, 0), nothing(), nothing()),
                new Script(
                        up(1).andThen(lost(0, 0)),
                        up(1, 201)
                                .andThen(gone(1, 0, KILLED))
                                .andThen(lost(1, 0))
                                .andThen(exit(1, 1, 0)),
                        nothing(),
                        nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(err()).contains("rank 0 says: somebody is silent; ranks [1] are silent; restart 1 of 1");
        assertThat(calls).contains("go on 1 attempt 1 run 0000000000000001 replace [1]");
    }

    @Test
    void ranksThatAllLostEachOtherMeetAgain() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), exit(0, 1, 0), nothing(), nothing()),
                new Script(up(1).andThen(lost(0, 0)).andThen(lost(1, 0)), exit(1, 1, 0), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(calls).contains("go on 1 attempt 1 run 0000000000000001 replace []");
        assertThat(starts).hasSize(1);
    }

    @Test
    void whenTheRestartsAreUsedUpTheFailureStands() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), nothing(), exit(0, 1, 8), nothing()),
                new Script(
                        up(1).andThen(gone(1, 0, KILLED)),
                        up(1, 201).andThen(gone(1, 1, 139)),
                        exit(1, 1, 139),
                        nothing()));
        assertThat(outcome).isEqualTo(new Outcome(139, false));
        assertThat(err()).contains("restart 1 of 1", "rank 1 on node n1 failed first: killed by SIGSEGV");
    }

    @Test
    void lostRanksWithoutRestartsAreAProblemThatIsSaid() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), lost(0, 1), exit(0, 1, 8), nothing()),
                new Script(up(1).andThen(lost(0, 0)).andThen(lost(1, 0)), nothing(), exit(1, 1, 8), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(8, false));
        assertThat(err()).contains("witan: rank 0 says: somebody is silent\n");
    }

    @Test
    void aRankThatFailsByItselfIsNotStartedAgain() throws Exception {
        Outcome outcome = run(
                PATIENT,
                3,
                new Script(up(0), nothing(), exit(0, 143), nothing()),
                new Script(up(1).andThen(exit(1, 5)), nothing(), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(5, false));
        assertThat(calls).noneMatch(call -> call.startsWith("go on"));
    }

    @Test
    void aRankThatEndsBeforeItTakesItsNextJobIsStartedAgain() throws Exception {
        Outcome outcome = run(
                PATIENT,
                2,
                new Script(up(0), inTurn(gone(0, 1, 8), up(0, 300).andThen(exit(0, 2, 0))), nothing(), nothing()),
                new Script(up(1).andThen(gone(1, 0, KILLED)), inTurn(up(1, 201), exit(1, 2, 0)), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(err()).contains("rank 0 on node n0 had ended before it could go on; restart 2 of 2");
    }

    @Test
    void aNodeThatHasEndedCannotGoOn() throws Exception {
        Outcome outcome = run(
                PATIENT,
                3,
                new Script(up(0).andThen(exit(0, 0)), nothing(), nothing(), nothing()),
                new Script(up(1).andThen(gone(1, 0, KILLED)), nothing(), exit(1, KILLED), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(KILLED, false));
        assertThat(calls).noneMatch(call -> call.startsWith("go on"));
    }
}
