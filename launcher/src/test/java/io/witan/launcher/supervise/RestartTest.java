package io.witan.launcher.supervise;

import static io.witan.launcher.supervise.ScriptedAgent.agentLost;
import static io.witan.launcher.supervise.ScriptedAgent.exit;
import static io.witan.launcher.supervise.ScriptedAgent.gone;
import static io.witan.launcher.supervise.ScriptedAgent.inTurn;
import static io.witan.launcher.supervise.ScriptedAgent.lost;
import static io.witan.launcher.supervise.ScriptedAgent.nodeLost;
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
    private final List<String> heard = new ArrayList<>();

    private Outcome run(SupervisionLimits limits, int maxRestarts, Script... scripts) throws InterruptedException {
        return run(limits, maxRestarts, NodeLoss.END, scripts);
    }

    private Outcome run(SupervisionLimits limits, int maxRestarts, NodeLoss nodeLoss, Script... scripts)
            throws InterruptedException {
        Terminal terminal = new Terminal(new ByteArrayOutputStream(), err, new TerminalStyle(false, false, 80));
        Supervisor supervisor = new Supervisor(
                ScriptedAgent.members(maxRestarts, calls, scripts),
                terminal,
                limits,
                started -> starts.add(started),
                nodeLoss);
        supervisor.tell(new Heard());
        return supervisor.run();
    }

    private final class Heard implements SupervisionListener {
        @Override
        public void started(int rank) {
            heard.add("started " + rank);
        }

        @Override
        public void changed(int rank, RankState state) {
            heard.add(state.label() + " " + rank);
        }

        @Override
        public void leftBehind(int firstRank, int count) {
            heard.add("without " + count + " from " + firstRank);
        }

        @Override
        public void restarted(int restarts) {
            heard.add("restart " + restarts);
        }
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
        assertThat(heard).containsSubsequence("started 1", "lost 1", "restart 1", "started 1", "ended 1");
        assertThat(heard).contains("started 0", "ended 0").hasSize(7);
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
        assertThat(heard).containsSubsequence("waiting 0", "lost 1", "restart 1", "started 1");
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
        assertThat(heard)
                .containsSubsequence("waiting 0", "waiting 1", "restart 1")
                .doesNotContain("lost 0", "lost 1");
        assertThat(starts).hasSize(1);
    }

    @Test
    void ranksThatDieTogetherTakeOneRestart() throws Exception {
        Outcome outcome = run(
                PATIENT,
                3,
                new Script(up(0), up(0, 200).andThen(exit(0, 1, 0)), nothing(), nothing()),
                new Script(
                        up(1).andThen(gone(0, 0, KILLED)).andThen(gone(1, 0, KILLED)),
                        up(1, 201).andThen(exit(1, 1, 0)),
                        nothing(),
                        nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(heard).containsSubsequence("lost 0", "lost 1", "restart 1").doesNotContain("restart 2");
        assertThat(calls).filteredOn(call -> call.startsWith("go on")).hasSize(2);
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
    void anAgentThatWasLostIsStartedAgainWithItsRanks() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), exit(0, 1, 0), nothing(), nothing()),
                new Script(up(1).andThen(agentLost()), up(1, 201).andThen(exit(1, 1, 0)), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(err()).contains("witan: node n1: it is gone; restart 1 of 1");
        assertThat(calls).contains("go on 1 attempt 1 run 0000000000000001 replace []");
        assertThat(starts.getLast()).extracting(RankRecord::pid).containsExactly(100L, 201L);
    }

    @Test
    void anAgentThatIsLostOnceMoreEndsTheRun() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), nothing(), exit(0, 1, 143), nothing()),
                new Script(up(1).andThen(agentLost()), up(1, 201).andThen(agentLost()), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(8, false));
        assertThat(err()).contains("witan: node n1: it is gone\n");
    }

    /** Nothing more is heard of it, so nobody waits for it. */
    @Test
    void aFailureWhileAnAgentIsAwayEndsTheRun() throws Exception {
        Outcome outcome = run(
                PATIENT,
                1,
                new Script(up(0), nothing(), exit(0, 5), nothing()),
                new Script(up(1).andThen(agentLost()).andThen(gone(0, 0, 5)), nothing(), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(5, false));
        assertThat(calls).noneMatch(call -> call.startsWith("go on"));
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

    /** Node 1 of 0, 1, 2 goes when all are to go on; rank 2 is rank 1 from then on. */
    private static Script[] threeOfWhichTheMiddleOneIsLost() {
        return new Script[] {
            new Script(up(0), inTurn(nothing(), exit(0, 2, 0)), exit(0, 1, 143), nothing()),
            new Script(up(1), nodeLost(), nothing(), nothing()),
            new Script(up(2).andThen(gone(2, 0, KILLED)), inTurn(up(2, 202), exit(1, 2, 0)), exit(2, 1, 143), nothing())
        };
    }

    @Test
    void theOtherRanksGoOnWithoutANodeThatIsLost() throws Exception {
        Outcome outcome = run(PATIENT, 3, NodeLoss.SHRINK, threeOfWhichTheMiddleOneIsLost());
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(err())
                .contains("witan: node n1: the node's agent was lost; restart 2 of 3: the other 2 of 3 ranks go on"
                        + " after the last step that all have completed\n");
        assertThat(calls)
                .contains("go on 0 attempt 2 run 0000000000000002 replace []")
                .contains("go on 2 attempt 2 run 0000000000000002 replace []", "close 1")
                .doesNotContain("go on 1 attempt 2 run 0000000000000002 replace []");
        assertThat(heard).containsSubsequence("lost 1", "restart 2", "without 1 from 1");
        assertThat(starts.getLast())
                .containsExactly(new RankRecord(0, "n0", 100, "log0"), new RankRecord(1, "n2", 202, "log2"));
    }

    /** By its own command it could be started again, but is not. */
    @Test
    void anAgentIsNotStartedAgainIfTheOthersGoOnWithoutIt() throws Exception {
        Script[] scripts = threeOfWhichTheMiddleOneIsLost();
        scripts[1] = new Script(up(1), agentLost(), nothing(), nothing());
        assertThat(run(PATIENT, 3, NodeLoss.SHRINK, scripts)).isEqualTo(new Outcome(0, false));
        assertThat(err()).contains("node n1: it is gone; restart 2 of 3: the other 2 of 3 ranks go on");
        assertThat(starts.getLast()).extracting(RankRecord::node).containsExactly("n0", "n2");
    }

    @Test
    void aLostNodeEndsTheRunUnlessToldOtherwise() throws Exception {
        Outcome outcome = run(PATIENT, 3, NodeLoss.END, threeOfWhichTheMiddleOneIsLost());
        assertThat(outcome).isEqualTo(new Outcome(8, false));
        assertThat(err()).contains("witan: node n1: the node's agent was lost\n");
    }

    @Test
    void aLostNodeEndsTheRunIfNoRestartIsLeft() throws Exception {
        Outcome outcome = run(PATIENT, 1, NodeLoss.SHRINK, threeOfWhichTheMiddleOneIsLost());
        assertThat(outcome).isEqualTo(new Outcome(8, false));
    }

    @Test
    void aRunOfOneNodeDoesNotOutliveIt() throws Exception {
        Outcome outcome = run(PATIENT, 3, NodeLoss.SHRINK, new Script(up(0).andThen(nodeLost()), nothing(), nothing()));
        assertThat(outcome).isEqualTo(new Outcome(8, false));
    }
}
