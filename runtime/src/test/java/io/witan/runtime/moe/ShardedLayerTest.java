package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.moe.GateConfig.Priority;
import io.witan.runtime.moe.GateConfig.Score;
import io.witan.runtime.moe.GateConfig.Select;
import io.witan.runtime.moe.GateConfig.Source;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.ShardInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A layer with experts in shards against the same with whole ones, with every gate: outputs, all gradients, losses, and what gates learn. */
class ShardedLayerTest {
    private static final int D = 8;
    private static final int F = 12;
    private static final int E = 4;
    private static final int TOKENS = 7;
    private static final float TOLERANCE = 1e-5f;

    /** @param dExperts of every expert that this rank owns, or of its shards; null of the others */
    private record Outcome(
            float[] out,
            float[] dx,
            List<float[]> dGate,
            float[][] dExperts,
            double balance,
            double z,
            double[] memory) {}

    private record Case(int ranks, int sharding, int topK, Weights weights, GateConfig gate) {
        MoeConfig config(int shards) {
            return new MoeConfig(D, F, E, topK, Activation.SWIGLU, weights, 0.3, 0.05, gate).withExpertSharding(shards);
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int ranks : new int[] {2, 4}) {
            for (Source source : Source.values()) {
                for (Score score : Score.values()) {
                    GateConfig gate = gate(source, score, Select.TOP_K, 0, Priority.POSITION, 1);
                    cases.add(new Case(ranks, 2, 2, Weights.RENORMALISED, gate));
                }
            }
            GateConfig grouped =
                    new GateConfig(Source.LINEAR, Score.SIGMOID, Select.TOP_K, 0, Priority.POSITION, 2, 1, 0.1, 1, 0);
            cases.add(new Case(ranks, 2, 2, Weights.PROBABILITY, grouped));
            for (Priority priority : Priority.values()) {
                GateConfig dropping = gate(Source.LINEAR, Score.SOFTMAX, Select.TOP_K, 0.6, priority, 1);
                cases.add(new Case(ranks, ranks, 2, Weights.RENORMALISED, dropping));
            }
            GateConfig choosing = gate(Source.LINEAR, Score.SOFTMAX, Select.EXPERT_CHOICE, 1, Priority.POSITION, 1);
            cases.add(new Case(ranks, 2, 2, Weights.PROBABILITY, choosing));
            GateConfig soft = gate(Source.LINEAR, Score.SOFTMAX, Select.SOFT, 0, Priority.POSITION, 2);
            cases.add(new Case(ranks, 2, 1, Weights.PROBABILITY, soft));
        }
        return cases;
    }

    private static GateConfig gate(
            Source source, Score score, Select select, double factor, Priority priority, int slots) {
        return new GateConfig(source, score, select, factor, priority, 1, 1, 0, slots, 4);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldBeTheLayerOfWholeExperts(Case given) {
        List<Outcome> whole = run(given, 1);
        List<Outcome> sharded = run(given, given.sharding());

        for (int rank = 0; rank < given.ranks(); rank++) {
            Outcome expected = whole.get(rank);
            Outcome actual = sharded.get(rank);
            assertClose("outputs", actual.out(), expected.out());
            assertClose("dx", actual.dx(), expected.dx());
            assertThat(actual.balance()).isEqualTo(expected.balance());
            assertThat(actual.z()).isEqualTo(expected.z());
            assertThat(actual.memory()).isEqualTo(expected.memory());
            for (int i = 0; i < expected.dGate().size(); i++) {
                assertClose(
                        "tensor " + i + " of the gate",
                        actual.dGate().get(i),
                        expected.dGate().get(i));
            }
        }
        for (int e = 0; e < E; e++) {
            assertClose("expert " + e, joined(sharded, given.sharding(), e), owned(whole, e));
        }
        assertThat(sharded.getFirst().balance() != 0).isEqualTo(given.gate().select() != Select.SOFT);
    }

    /** Relative to the largest value: sums over shards round otherwise. */
    private static void assertClose(String what, float[] actual, float[] expected) {
        float largest = 1;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(actual).as(what).containsExactly(expected, within(TOLERANCE * largest));
    }

    private static float[] owned(List<Outcome> outcomes, int number) {
        return outcomes.stream()
                .map(outcome -> outcome.dExperts()[number])
                .filter(gradient -> gradient != null)
                .findFirst()
                .orElseThrow();
    }

    private static float[] joined(List<Outcome> outcomes, int sharding, int e) {
        double[] joined = new double[3 * D * F];
        for (int s = 0; s < sharding; s++) {
            new ExpertShard(D, F, sharding, s).put(doubles(owned(outcomes, e * sharding + s)), joined);
        }
        float[] values = new float[joined.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) joined[i];
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private static List<Outcome> run(Case given, int sharding) {
        return Ranks.run(Topology.of(given.ranks()), runtime -> forwardBackward(runtime, given.config(sharding)));
    }

    private static List<ParameterSpec> declared(MoeConfig config) {
        List<ParameterSpec> specs = new ArrayList<>(GateParts.declare(config, "router", 1));
        for (int e = 0; e < config.shards(); e++) {
            String name = "e" + e + " of " + config.shards();
            specs.addAll(config.expertLayout().declare(name, 0, e, 0.5, 0.5));
        }
        return specs;
    }

    private static Outcome forwardBackward(RankRuntime runtime, MoeConfig config) {
        List<ParameterSpec> declared = declared(config);
        int[][] owners = OwnerPlacement.sharded(1, E, config.expertSharding(), runtime.size());
        try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, config.expertLayout(), config.shards());
            state.initialize(new ShardInitializer(
                    new NormalInitializer(3),
                    declared(config.withExpertSharding(1)),
                    declared,
                    config.expertSharding()));
            LayerExperts experts =
                    new LayerExperts(0, config.expertLayout(), owners[0], state, buffers, runtime.parameters());
            GateParts.Given given = new GateParts.Given("router", state::parameter, TOKENS, 1);
            MoeLayer layer = new MoeLayer(runtime, config, experts, LayerParts.configured(runtime, config, given));
            experts.begin(HierarchicalTransferPlanner.plan(
                    runtime.topology(), experts.owners(), experts.owners(), new long[config.shards()]));
            layer.beginMaterialise();
            MemorySegment x = random(runtime, 1);
            MemorySegment pull = random(runtime, 2);
            MemorySegment out = runtime.arena().floats((long) TOKENS * D);
            out.fill((byte) 0);
            StepContext context =
                    new StepContext(1, (long) runtime.rank() * TOKENS, 1, (long) runtime.size() * TOKENS, 0, 1);
            MoeLayer.Saved saved = layer.forward(x, out, TOKENS, Pass.TRAIN, context, runtime.arena());
            MemorySegment dx = layer.backward(saved, pull, context, runtime.arena());
            experts.beginReduce();
            experts.awaitReduced();
            layer.endStep(layer.statistics().expertLoad());
            float[][] dExperts = new float[config.shards()][];
            for (int e = 0; e < dExperts.length; e++) {
                dExperts[e] = owners[0][e] == runtime.rank()
                        ? experts.gradient(e)
                                .asSlice(0, config.expertLayout().chunkBytes())
                                .toArray(JAVA_FLOAT)
                        : null;
            }
            List<float[]> dGate = GateParts.declare(config, "router", 1).stream()
                    .map(spec -> state.parameter(spec.name()).gradient().toArray(JAVA_FLOAT))
                    .toList();
            return new Outcome(
                    out.toArray(JAVA_FLOAT),
                    dx.asSlice(0, (long) TOKENS * D * Float.BYTES).toArray(JAVA_FLOAT),
                    dGate,
                    dExperts,
                    layer.statistics().balanceLoss(),
                    layer.statistics().squaredLogSumExp(),
                    layer.gateMemory());
        }
    }

    private static MemorySegment random(RankRuntime runtime, int seed) {
        SplittableRandom random = new SplittableRandom(seed * 10L + runtime.rank());
        MemorySegment values = runtime.arena().floats((long) TOKENS * D);
        for (int i = 0; i < TOKENS * D; i++) {
            values.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return values;
    }
}
