package io.witan.runtime.moe;

import static io.witan.runtime.moe.MoeLayerCases.D;
import static io.witan.runtime.moe.MoeLayerCases.E;
import static io.witan.runtime.moe.MoeLayerCases.F;
import static io.witan.runtime.moe.MoeLayerCases.SEQUENCE;
import static io.witan.runtime.moe.MoeLayerCases.cases;
import static io.witan.runtime.moe.MoeLayerCases.dropped;
import static io.witan.runtime.moe.MoeLayerCases.imposed;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.moe.GateConfig.Select;
import io.witan.runtime.moe.MoeLayerCases.Case;
import io.witan.runtime.moe.MoeLayerCases.Routing;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.order.EinsumOrder;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layer on several ranks against {@link ReferenceMoe}: value, and gradients by finite differences in double. */
class MoeLayerTest {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-5;

    private record Outcome(double value, double[][] dx, double[] dRouter, double[][] dExperts, double[] dShared) {}

    @ParameterizedTest
    @MethodSource("io.witan.runtime.moe.MoeLayerCases#cases")
    void shouldAgreeWithTheReference(Case arrangement) {
        check(arrangement, (_, parts) -> parts);
    }

    /** Forward in two messages and backward in one, of two pieces; and in one and four. */
    @ParameterizedTest
    @MethodSource("io.witan.runtime.moe.MoeLayerCases#cases")
    void shouldAgreeWithTheReferenceInPieces(Case arrangement) {
        check(arrangement, (_, parts) -> parts, new PipelineDegrees(2, 1));
        check(arrangement, (_, parts) -> parts, new PipelineDegrees(1, 4));
    }

    /** Shards of an expert lie on ranks one after the other. */
    @ParameterizedTest
    @MethodSource("io.witan.runtime.moe.MoeLayerCases#cases")
    void shouldAgreeWithTheReferenceInShards(Case arrangement) {
        check(arrangement, (_, parts) -> parts, PipelineDegrees.SERIAL, 2);
        check(arrangement, (_, parts) -> parts, new PipelineDegrees(2, 1), 3);
    }

    /** Sums over rows of an expert are cut, all others keep their order. */
    @ParameterizedTest
    @MethodSource("io.witan.runtime.moe.MoeLayerCases#cases")
    void shouldHaveTheSameBitsInPiecesButForWeights(Case arrangement) {
        Problem problem = new Problem(arrangement);
        List<Outcome> whole = outcomes(arrangement, problem, (_, parts) -> parts, PipelineDegrees.SERIAL, 1);
        List<Outcome> cut = outcomes(arrangement, problem, (_, parts) -> parts, new PipelineDegrees(3, 3), 1);

        for (int rank = 0; rank < whole.size(); rank++) {
            assertThat(cut.get(rank).value()).isEqualTo(whole.get(rank).value());
            assertThat(cut.get(rank).dx()).isDeepEqualTo(whole.get(rank).dx());
            assertThat(cut.get(rank).dRouter()).isEqualTo(whole.get(rank).dRouter());
        }
    }

    @ParameterizedTest
    @MethodSource("io.witan.runtime.moe.MoeLayerCases#cases")
    void shouldHaveTheSameBitsWhetherWeightsAreDeferred(Case arrangement) {
        Problem problem = new Problem(arrangement);
        PipelineDegrees degrees = new PipelineDegrees(2, 4);
        List<Outcome> deferred = outcomes(arrangement, problem, (_, parts) -> parts, degrees, 1);
        List<Outcome> atOnce = Ranks.run(
                Topology.of(arrangement.nodes()),
                runtime -> compute(runtime, arrangement, problem, (_, parts) -> parts, layer -> {
                    layer.pipeline(degrees);
                    layer.deferWeightGradients(false);
                }));

        for (int rank = 0; rank < deferred.size(); rank++) {
            assertThat(atOnce.get(rank).dx()).isDeepEqualTo(deferred.get(rank).dx());
            assertThat(atOnce.get(rank).dExperts())
                    .isDeepEqualTo(deferred.get(rank).dExperts());
        }
    }

    static List<Case> choosing() {
        return cases().stream()
                .filter(arrangement -> arrangement.config().gate().select() != Select.SOFT)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("choosing")
    void shouldAgreeWithTheReferenceByMasks(Case arrangement) {
        Change masks = (runtime, parts) -> parts.withOrder(new EinsumOrder(runtime.kernels(), runtime.arena(), D));
        check(arrangement, masks);
        check(arrangement, masks, PipelineDegrees.SERIAL, 2);
    }

    static List<Case> betweenNodes() {
        return choosing().stream()
                .filter(arrangement -> arrangement.nodes().length > 1)
                .toList();
    }

    /** Whole, with messages in one direction, and in both. */
    @ParameterizedTest
    @MethodSource("betweenNodes")
    void shouldAgreeWithTheReferenceWithoutDuplicates(Case arrangement) {
        Change merged = (runtime, parts) -> parts.withExchange(AllToAll.DEDUPLICATED.of(runtime, SmallLayer.LAYER));
        check(arrangement, merged);
        check(arrangement, merged, new PipelineDegrees(2, 1));
        check(arrangement, merged, new PipelineDegrees(2, 4));
    }

    private interface Change {
        MoeParts of(RankRuntime runtime, MoeParts parts);
    }

    private static List<Outcome> outcomes(
            Case arrangement, Problem problem, Change change, PipelineDegrees degrees, int sharding) {
        return Ranks.run(
                Topology.of(arrangement.nodes()),
                runtime -> compute(
                        runtime, arrangement.inShards(sharding), problem, change, layer -> layer.pipeline(degrees)));
    }

    private static void check(Case arrangement, Change change) {
        check(arrangement, change, PipelineDegrees.SERIAL);
    }

    private static void check(Case arrangement, Change change, PipelineDegrees degrees) {
        check(arrangement, change, degrees, 1);
    }

    private static void check(Case arrangement, Change change, PipelineDegrees degrees, int sharding) {
        Problem problem = new Problem(arrangement);
        List<Outcome> outcomes = outcomes(arrangement, problem, change, degrees, sharding);

        ReferenceMoe reference = arrangement.routing() == Routing.IMPOSED
                ? new ReferenceMoe(
                        arrangement.config(),
                        MoeLayerCases::imposed,
                        (token, choice) -> dropped(arrangement, token, choice))
                : new ReferenceMoe(arrangement.config());
        ReferenceSoft soft = new ReferenceSoft(arrangement.config(), SEQUENCE, arrangement.tokens());
        ReferenceShared shared = new ReferenceShared(arrangement.config());
        DoubleSupplier routed = arrangement.config().gate().select() == Select.SOFT
                ? () -> soft.objective(problem.x, problem.router, problem.experts, problem.pull)
                : () -> reference.objective(problem.x, problem.router, problem.experts, problem.pull);
        DoubleSupplier objective =
                () -> routed.getAsDouble() + shared.objective(problem.x, problem.shared, problem.pull);
        if (problem.x.length > 0) {
            double value = outcomes.stream().mapToDouble(Outcome::value).sum();
            assertThat(value).isCloseTo(objective.getAsDouble(), within(TOLERANCE));
        }
        int token = 0;
        for (int rank = 0; rank < outcomes.size(); rank++) {
            for (double[] row : outcomes.get(rank).dx()) {
                assertGradient("x of token " + token, row, problem.x[token++], objective);
            }
        }
        for (int r = 0; r < problem.router.length; r++) {
            int row = r;
            double[] dRow = new double[D];
            outcomes.forEach(outcome -> Arrays.setAll(dRow, i -> dRow[i] + outcome.dRouter()[row * D + i]));
            assertGradient("router row " + r, dRow, problem.router[r], objective);
        }
        for (int e = 0; e < E; e++) {
            double[] joined = new double[problem.experts[e].length];
            for (int s = 0; s < sharding; s++) {
                int shard = e * sharding + s;
                Outcome owner = outcomes.get(arrangement.inShards(sharding).owners()[shard]);
                new ExpertShard(D, F, sharding, s).put(owner.dExperts()[shard], joined);
            }
            assertGradient("expert " + e, joined, problem.experts[e], objective);
        }
        double[] dShared = new double[problem.shared.length];
        outcomes.forEach(outcome -> Arrays.setAll(dShared, i -> dShared[i] + outcome.dShared()[i]));
        assertGradient("shared experts", dShared, problem.shared, objective);
    }

    private static void assertGradient(String what, double[] actual, double[] variable, DoubleSupplier objective) {
        for (int i = 0; i < variable.length; i++) {
            double kept = variable[i];
            variable[i] = kept + STEP;
            double above = objective.getAsDouble();
            variable[i] = kept - STEP;
            double below = objective.getAsDouble();
            variable[i] = kept;
            double expected = Double.isNaN(above) ? 0 : (above - below) / (2 * STEP);
            assertThat(actual[i]).as("%s, element %d", what, i).isCloseTo(expected, within(TOLERANCE));
        }
    }

    private static Outcome compute(
            RankRuntime runtime, Case arrangement, Problem problem, Change change, Consumer<MoeLayer> setting) {
        int rank = runtime.rank();
        MoeConfig config = arrangement.config();
        List<ParameterSpec> declared = new ArrayList<>();
        declared.addAll(GateParts.declare(config, "router", 1));
        List<ParameterSpec> shared = SharedFeedForward.declare(config, "shared", 1, 1);
        declared.addAll(shared);
        for (int e = 0; e < config.shards(); e++) {
            declared.addAll(config.expertLayout().declare("e" + e, 0, e, 1, 1));
        }
        int[][] owners = {arrangement.owners()};
        try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, config.expertLayout(), config.shards());
            put(state.parameter("router").value(), problem.router);
            int next = 0;
            for (ParameterSpec spec : shared) {
                double[] values = Arrays.copyOfRange(problem.shared, next, next + (int) spec.count());
                put(state.parameter(spec.name()).value(), new double[][] {values});
                next += values.length;
            }
            int sharding = config.expertSharding();
            for (int e = 0; e < config.shards(); e++) {
                if (state.expert(0, e) != null) {
                    ExpertShard shard = new ExpertShard(D, F, sharding, e % sharding);
                    put(state.expert(0, e).slot(0).parameter(), new double[][] {shard.of(problem.experts[e / sharding])
                    });
                }
            }
            LayerExperts experts = new LayerExperts(
                    0, config.expertLayout(), arrangement.owners(), state, buffers, runtime.parameters());
            GateParts.Given given = new GateParts.Given("router", state::parameter, SEQUENCE, 1);
            MoeParts parts = LayerParts.configured(runtime, config, given)
                    .withShared(LayerParts.shared(runtime, config, "shared", state::parameter));
            MoeLayer layer = new MoeLayer(runtime, config, experts, change.of(runtime, parts));
            setting.accept(layer);
            if (arrangement.routing() == Routing.IMPOSED) {
                layer.impose((step, token, chosen) ->
                        System.arraycopy(imposed((int) token, chosen.length), 0, chosen, 0, chosen.length));
            }
            Placement wide = experts.owners().with(arrangement.copies());
            experts.begin(HierarchicalTransferPlanner.plan(
                    runtime.topology(), experts.owners(), wide, new long[config.shards()]));
            poison(experts.weightGradients());
            layer.beginMaterialise();
            return forwardBackward(runtime, layer, state, problem, arrangement);
        }
    }

    /** Buffers of an earlier step hold anything. */
    private static void poison(MemorySegment[] gradients) {
        for (MemorySegment gradient : gradients) {
            if (gradient != null) {
                gradient.fill((byte) 0xff);
            }
        }
    }

    private static Outcome forwardBackward(
            RankRuntime runtime, MoeLayer layer, TrainingState state, Problem problem, Case arrangement) {
        int rank = runtime.rank();
        int from = Arrays.stream(arrangement.tokens(), 0, rank).sum();
        int tokens = arrangement.tokens()[rank];
        double[][] pullRows = Arrays.copyOfRange(problem.pull, from, from + tokens);
        MemorySegment x = runtime.arena().floats((long) tokens * D);
        MemorySegment out = runtime.arena().floats((long) tokens * D);
        MemorySegment pull = runtime.arena().floats((long) tokens * D);
        put(x, Arrays.copyOfRange(problem.x, from, from + tokens));
        put(pull, pullRows);
        out.fill((byte) 0);
        StepContext context = new StepContext(1, from, problem.x.length, Math.max(1, problem.x.length), 0, 1);
        MoeLayer.Saved saved = layer.forward(x, out, tokens, Pass.TRAIN, context, runtime.arena());
        MemorySegment dx = layer.backward(saved, pull, context, runtime.arena());
        layer.experts().beginReduce();
        layer.experts().awaitReduced();

        double value = arrangement.config().auxLoss() * layer.statistics().balanceLoss()
                + arrangement.config().zLoss() * layer.statistics().squaredLogSumExp();
        double[][] outRows = rows(out, tokens, D);
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < D; i++) {
                value += outRows[t][i] * pullRows[t][i];
            }
        }
        double[][] dExperts = new double[arrangement.config().shards()][];
        int count = (int) (arrangement.config().expertLayout().chunkBytes() / Float.BYTES);
        for (int e = 0; e < dExperts.length; e++) {
            if (arrangement.owners()[e] == rank) {
                dExperts[e] = rows(layer.experts().gradient(e), 1, count)[0];
            }
        }
        double[] dRouter = rows(state.parameter("router").gradient(), 1, problem.router.length * D)[0];
        double[] dShared = SharedFeedForward.declare(arrangement.config(), "shared", 1, 1).stream()
                .map(spec -> rows(state.parameter(spec.name()).gradient(), 1, (int) spec.count())[0])
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return new Outcome(value, rows(dx, tokens, D), dRouter, dExperts, dShared);
    }

    private static void put(MemorySegment to, double[][] rows) {
        long i = 0;
        for (double[] row : rows) {
            for (double value : row) {
                to.setAtIndex(JAVA_FLOAT, i++, (float) value);
            }
        }
    }

    private static double[][] rows(MemorySegment from, int rows, int cols) {
        double[][] values = new double[rows][cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                values[r][c] = from.getAtIndex(JAVA_FLOAT, (long) r * cols + c);
            }
        }
        return values;
    }

    /** Inputs that fp32 holds exactly. */
    private static final class Problem {
        final double[][] x;
        final double[][] pull;
        final double[][] router;
        final double[][] experts;
        final double[] shared;

        Problem(Case arrangement) {
            SplittableRandom random = new SplittableRandom(20);
            int tokens = Arrays.stream(arrangement.tokens()).sum();
            int chunk = (int) (arrangement.config().expertLayout().chunkBytes() / Float.BYTES);
            x = matrix(random, tokens, D);
            pull = matrix(random, tokens, D);
            boolean soft = arrangement.config().gate().select() == Select.SOFT;
            router = matrix(random, soft ? E * arrangement.config().gate().slots() : E, D);
            experts = matrix(random, E, chunk);
            shared = matrix(random, 1, ReferenceShared.count(arrangement.config()))[0];
            if (arrangement.routing() == Routing.ALL_ON_ONE_EXPERT) {
                for (double[] row : x) {
                    Arrays.setAll(row, i -> Math.abs(row[i]) + 0.25);
                }
                Arrays.fill(router[2], 3);
            }
        }

        private static double[][] matrix(SplittableRandom random, int rows, int cols) {
            double[][] values = new double[rows][cols];
            for (double[] row : values) {
                Arrays.setAll(row, i -> (float) random.nextDouble(-1, 1));
            }
            return values;
        }
    }
}
