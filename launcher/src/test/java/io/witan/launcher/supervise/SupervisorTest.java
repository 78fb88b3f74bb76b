package io.witan.launcher.supervise;

import static io.witan.launcher.supervise.ScriptedAgent.exit;
import static io.witan.launcher.supervise.ScriptedAgent.nothing;
import static io.witan.launcher.supervise.ScriptedAgent.up;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.supervise.ScriptedAgent.Script;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The decisions of the supervisor, with agents that follow a script. Each node has one rank. */
@Timeout(30)
final class SupervisorTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration NONE = Duration.ZERO;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> calls = new ArrayList<>();

    private Supervisor supervisor(SupervisionLimits limits, Consumer<List<RankRecord>> whenStarted, Script... scripts) {
        Terminal terminal = new Terminal(new ByteArrayOutputStream(), err, new TerminalStyle(false, false, 80));
        return new Supervisor(ScriptedAgent.members(0, calls, scripts), terminal, limits, whenStarted);
    }

    private static final SupervisionLimits PATIENT = new SupervisionLimits(LONG, LONG, LONG, LONG, LONG);

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void allWellIsZeroAndEveryAgentIsClosed() throws Exception {
        List<RankRecord> seen = new ArrayList<>();
        Supervisor supervisor = supervisor(
                PATIENT,
                seen::addAll,
                new Script(up(0).andThen(exit(0, 0)), nothing(), nothing()),
                new Script(up(1).andThen(exit(1, 0)), nothing(), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(0, false));
        assertThat(seen).containsExactly(new RankRecord(0, "n0", 100, "log0"), new RankRecord(1, "n1", 101, "log1"));
        assertThat(calls).containsExactly("close 0", "close 1");
    }

    @Test
    void theFirstFailureStopsAllAndGivesTheCode() throws Exception {
        Supervisor supervisor = supervisor(
                PATIENT,
                _ -> {},
                new Script(up(0), exit(0, 143), nothing()),
                new Script(up(1).andThen(exit(1, 5)), nothing(), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(5, false));
        assertThat(err()).contains("rank 1 on node n1 failed first: exit code 5 (data)", "last of 1");
    }

    @Test
    void aLostPeerIsNotTheFirstFailureThoughItsNewsCameFirst() throws Exception {
        Supervisor supervisor = supervisor(
                PATIENT,
                _ -> {},
                new Script(up(0).andThen(exit(0, ExitCode.PEER_LOST.code())), nothing(), nothing()),
                new Script(up(1), exit(1, 139), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(139, false));
        assertThat(err()).contains("rank 1 on node n1 failed first: killed by SIGSEGV");
    }

    @Test
    void ranksThatStayAreKilledWhenTheGraceIsOver() throws Exception {
        Supervisor supervisor = supervisor(
                new SupervisionLimits(LONG, NONE, LONG, LONG, LONG),
                _ -> {},
                new Script(up(0), nothing(), exit(0, 137)),
                new Script(up(1).andThen(exit(1, 57)), nothing(), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(57, false));
        assertThat(calls).containsSubsequence("stop 0", "kill 0", "close 0");
    }

    @Test
    void anAgentThatNeverAnswersIsLeftAfterTheLastDeadline() throws Exception {
        Supervisor supervisor = supervisor(
                new SupervisionLimits(NONE, NONE, NONE, NONE, NONE),
                _ -> {},
                new Script(up(0), nothing(), nothing()),
                new Script(nothing(), nothing(), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(ExitCode.RENDEZVOUS.code(), false));
        assertThat(err()).contains("ranks [1] were not started");
        assertThat(calls).containsSubsequence("kill 1", "close 1");
    }

    @Test
    void aLostAgentIsAProblemOfItsOwn() throws Exception {
        Supervisor supervisor = supervisor(
                PATIENT,
                _ -> {},
                new Script(up(0), exit(0, ExitCode.PEER_LOST.code()), nothing()),
                new Script(
                        up(1).andThen(sink -> sink.accept(new AgentEvent.Failed(8, "the node's agent was lost"))),
                        nothing(),
                        nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(8, false));
        assertThat(err()).contains("node n1: the node's agent was lost");
    }

    @Test
    void aSignalLetsRanksSaveAndASecondOneKills() throws Exception {
        Script[] script = new Script[1];
        Supervisor[] holder = new Supervisor[1];
        script[0] = new Script(
                up(0).andThen(_ -> holder[0].interrupt(Signals.INT)),
                _ -> holder[0].interrupt(Signals.INT),
                exit(0, 137));
        holder[0] = supervisor(PATIENT, _ -> {}, script);
        assertThat(holder[0].run()).isEqualTo(new Outcome(130, true));
        assertThat(calls).containsExactly("stop 0", "kill 0", "close 0");
    }

    @Test
    void aRankThatFailsToSaveAfterASignalIsNotPassedOver() throws Exception {
        Supervisor[] holder = new Supervisor[1];
        holder[0] = supervisor(
                PATIENT,
                _ -> {},
                new Script(up(0).andThen(_ -> holder[0].interrupt(Signals.TERM)), exit(0, 6), nothing()));
        assertThat(holder[0].run()).isEqualTo(new Outcome(6, false));
    }

    @Test
    void ranksAreStoppedIfTheirListCannotBeWritten() throws Exception {
        Supervisor supervisor = supervisor(
                PATIENT,
                _ -> {
                    throw new LaunchException(ExitCode.OUTPUT, "cannot write to output folder o");
                },
                new Script(up(0), exit(0, 143), nothing()));
        assertThat(supervisor.run()).isEqualTo(new Outcome(11, false));
        assertThat(err()).contains("cannot write to output folder o");
    }
}
