package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.GateConfig.Priority;
import io.witan.runtime.moe.GateConfig.Score;
import io.witan.runtime.moe.GateConfig.Select;
import io.witan.runtime.moe.GateConfig.Source;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TaskRouting;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What tasks change, and what a gate says to tokens without one. */
class TaskRoutingTest {
    private static final int D = 8;
    private static final int E = 6;
    private static final int POSITIONS = 16;

    private interface Check {
        void accept(Gate gate, TrainingState state, RankRuntime runtime);
    }

    private static void withGate(TaskRouting task, Check check) {
        GateConfig gate =
                new GateConfig(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 0, Priority.POSITION, 1, 1, 0, 1, 0, task);
        MoeConfig config = new MoeConfig(D, 4, E, 2, Activation.GELU, Weights.RENORMALISED, 0, 0, gate);
        Ranks.run(Topology.of(1), runtime -> {
            List<ParameterSpec> declared = new ArrayList<>(GateParts.declare(config, "router", 0.5));
            declared.addAll(new FeedForwardLayout(D, 4, Activation.GELU).declare("expert", 0, 0, 1, 1));
            try (TrainingState state =
                    TrainingState.allocate(declared, new int[][] {{0}}, StateMemory::inPlace, runtime)) {
                state.initialize(new NormalInitializer(3));
                GateParts.Given given = new GateParts.Given("router", state::parameter, POSITIONS, 0);
                check.accept(GateParts.create(runtime.kernels(), config, given), state, runtime);
            }
            return null;
        });
    }

    /** Experts of each sequence, all of which have the same tokens. */
    private static List<int[]> experts(Gate gate, RankRuntime runtime, int... taskOfSequence) {
        int tokens = taskOfSequence.length * POSITIONS;
        MemorySegment x = runtime.arena().floats((long) tokens * D);
        SplittableRandom random = new SplittableRandom(4);
        double[] sequence = random.doubles((long) POSITIONS * D, -1, 1).toArray();
        for (int i = 0; i < tokens * D; i++) {
            x.setAtIndex(JAVA_FLOAT, i, (float) sequence[i % sequence.length]);
        }
        StepContext context = StepContext.evaluation().withTasks(new TokenTasks(taskOfSequence, POSITIONS));
        Routed routed = gate.route(x, tokens, Pass.EVALUATE, context, runtime.arena());
        int[] all = routed.expert().asSlice(0, 2L * tokens * Integer.BYTES).toArray(JAVA_INT);
        List<int[]> ofSequence = new ArrayList<>();
        for (int s = 0; s < taskOfSequence.length; s++) {
            ofSequence.add(Arrays.copyOfRange(all, 2 * s * POSITIONS, 2 * (s + 1) * POSITIONS));
        }
        return ofSequence;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldRouteTheSameTokensByTheirTask(TaskRouting.By by) {
        withGate(new TaskRouting(by, 3, 0), (gate, state, runtime) -> {
            if (by == TaskRouting.By.BIAS) {
                List<int[]> still = experts(gate, runtime, 2, 0, 2, 1);
                assertThat(still).as("biases start at 0").allSatisfy(own -> assertThat(own)
                        .isEqualTo(still.getFirst()));
                MemorySegment bias = state.parameter("router.task_bias").value();
                bias.setAtIndex(JAVA_FLOAT, 0L * E + 5, 9);
                bias.setAtIndex(JAVA_FLOAT, 1L * E + 1, 9);
            }
            List<int[]> routed = experts(gate, runtime, 2, 0, 2, 1);
            assertThat(routed.get(2)).as("the same task").isEqualTo(routed.get(0));
            assertThat(routed.get(1)).as("tasks 0 and 2").isNotEqualTo(routed.get(0));
            assertThat(routed.get(3)).as("tasks 1 and 2").isNotEqualTo(routed.get(0));
            assertThat(routed.get(3)).as("tasks 1 and 0").isNotEqualTo(routed.get(1));
            assertThat(experts(gate, runtime, 0).getFirst())
                    .as("whatever stands beside it")
                    .isEqualTo(routed.get(1));
        });
    }

    @Test
    void shouldNotLookAtTasksByDefault() {
        withGate(TaskRouting.NONE, (gate, state, runtime) -> {
            List<int[]> routed = experts(gate, runtime, 0, 7);
            assertThat(routed.get(1)).isEqualTo(routed.get(0));
        });
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void shouldRefuseTokensWithoutATaskThatItKnows(TaskRouting.By by) {
        withGate(new TaskRouting(by, 2, 0), (gate, state, runtime) -> {
            assertThatThrownBy(() -> experts(gate, runtime, 1, 2))
                    .hasMessage("sequence 1 of this rank has task 2, but model.gate.task.count is 2");
            assertThatThrownBy(() -> experts(gate, runtime, -1))
                    .hasMessage("sequence 0 of this rank has task -1, but model.gate.task.count is 2");
            MemorySegment x = runtime.arena().floats(D);
            assertThatThrownBy(() -> gate.route(x, 1, Pass.TRAIN, StepContext.evaluation(), runtime.arena()))
                    .hasMessage("model.gate.task goes by tasks, but the batch has none");
            StepContext two = StepContext.evaluation().withTasks(new TokenTasks(new int[] {1}, 2));
            assertThatThrownBy(() -> gate.route(x, 1, Pass.TRAIN, two, runtime.arena()))
                    .hasMessage("the gate got 1 tokens, but 2 of the batch have a task");
            assertThat(gate.route(x, 0, Pass.TRAIN, StepContext.evaluation(), runtime.arena())
                            .tokens())
                    .as("a rank without rows")
                    .isZero();
        });
    }
}
