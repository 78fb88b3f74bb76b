package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.ExpertRowsKernel;
import io.witan.kernels.GateKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.routing.ImposedChoice;
import io.witan.runtime.state.Parameter;
import io.witan.scheduler.dispatch.DispatchRule;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.predict.LoadOrder;
import java.lang.foreign.MemorySegment;

/**
 * One sparse MoE layer across all ranks. Every rank calls forward and backward in step with the others, also with zero
 * tokens.
 */
public final class MoeLayer {
    private final RankRuntime runtime;
    private final MoeConfig config;
    private final Parameter router;
    private final LayerExperts experts;
    private final DispatchRule dispatch;
    private final ExpertFeedForward feedForward;
    private final RoutingStatistics statistics;
    private ImposedGate imposed;

    /** @param router [E, D] */
    public MoeLayer(RankRuntime runtime, MoeConfig config, Parameter router, LayerExperts experts) {
        this(runtime, config, router, experts, DispatchRule.EVEN);
    }

    /**
     * @param router [E, D]
     * @param dispatch which holder of an expert computes which assignment
     */
    public MoeLayer(
            RankRuntime runtime, MoeConfig config, Parameter router, LayerExperts experts, DispatchRule dispatch) {
        this.runtime = runtime;
        this.config = config;
        this.router = router;
        this.experts = experts;
        this.dispatch = dispatch;
        this.feedForward = new ExpertFeedForward(runtime.kernels().feedForward(), config);
        this.statistics = new RoutingStatistics(config.experts());
    }

    /** Activations that backward needs; in the step arena. */
    public record Saved(
            MemorySegment x,
            GateKernel.Saved gate,
            long[] load,
            TokenOrder order,
            ExpertFeedForward.Saved experts,
            MemorySegment y) {}

    public LayerExperts experts() {
        return experts;
    }

    /** From now on training takes its experts from here and not from the router; evaluation goes by the router. */
    public void impose(ImposedChoice choice) {
        imposed = new ImposedGate(choice, config.weights());
    }

    /** Loads and auxiliary losses since they were last taken. */
    public RoutingStatistics statistics() {
        return statistics;
    }

    /** Starts to copy the step's materialised experts here, if they are not here or on their way. */
    public void beginMaterialise() {
        experts.beginMaterialise();
    }

    /**
     * @param x [T, D], kept by reference
     * @param out [T, D], adds the layer's output
     */
    public Saved forward(
            MemorySegment x, MemorySegment out, int tokens, Pass pass, StepContext context, StepArena arena) {
        experts.mark(runtime.tokens());
        GateKernel.Shape shape = new GateKernel.Shape(tokens, config.experts(), config.topK());
        GateKernel.Saved gate = gate(x, shape, pass, context, arena);
        int[][] counts = gatherCounts(gate.expert(), shape, arena);
        if (pass == Pass.TRAIN) {
            experts.widen(counts);
        }
        DispatchPlan plan = dispatch.plan(runtime.topology(), experts.placement(), counts);
        long[] load = LoadOrder.total(counts);
        if (pass == Pass.TRAIN) {
            statistics.record(plan, load);
            StepArena.Mark mark = arena.mark();
            statistics.record(load, arena.toHost(gate.probabilities()), arena.toHost(gate.logSumExp()), shape, context);
            arena.release(mark);
        }
        TokenOrder order = new TokenOrder(runtime, plan, gate.expert(), tokens, config.topK());
        TokenExchange exchange = new TokenExchange(runtime, order, feedForward.rowBytes(1));

        MemorySegment sent = exchange.rowsToSend();
        expertRows().gather(x, order.sendToken(), sent, order.sent(), config.width());
        MemorySegment received = exchange.toExperts(sent);
        experts.awaitMaterialised();
        MemorySegment computed = arena.bytes(feedForward.rowBytes(order.received()));
        ExpertFeedForward.Saved expertSaved =
                feedForward.forward(received, order.expertOffsets(), experts.weights(), computed, pass, arena);
        MemorySegment y = exchange.toTokens(computed);
        expertRows().combine(y, order.position(), gate.weight(), out, tokens, config.topK(), config.width());
        return new Saved(x, gate, load, order, expertSaved, y);
    }

    /**
     * The owned experts' forward alone, without communication, between steps.
     *
     * @param x [assignments, D] in the format of the experts
     * @param assignments shared out evenly
     * @return their output [assignments, D], in the arena; null if this rank owns no expert of the layer
     */
    public MemorySegment forwardExperts(MemorySegment x, int assignments, StepArena arena) {
        int[] owned = experts.owners().heldBy(runtime.rank());
        if (owned.length == 0) {
            return null;
        }
        int[] offsets = new int[config.experts() + 1];
        int next = 0;
        for (int e = 0; e < config.experts(); e++) {
            boolean mine = next < owned.length && owned[next] == e;
            next += mine ? 1 : 0;
            offsets[e + 1] = (int) ((long) assignments * next / owned.length);
        }
        experts.awaitMaterialised();
        MemorySegment y = arena.bytes(feedForward.rowBytes(assignments));
        feedForward.forward(x, offsets, experts.weights(), y, Pass.TRAIN, arena);
        return y;
    }

    /** Bytes of an assignment as ranks exchange it. */
    public long assignmentBytes() {
        return feedForward.rowBytes(1);
    }

    /**
     * Adds the gradients of the router and of the held experts; those of the experts begin anew in each step.
     *
     * @param dOut [T, D]
     * @return dx [T, D], in the arena
     */
    public MemorySegment backward(Saved saved, MemorySegment dOut, int tokens, StepContext context, StepArena arena) {
        experts.mark(runtime.tokens());
        int width = config.width();
        TokenOrder order = saved.order;
        TokenExchange exchange = new TokenExchange(runtime, order, feedForward.rowBytes(1));
        MemorySegment dy = exchange.rowsToSend();
        MemorySegment dWeight = arena.floats(order.sent());
        expertRows()
                .combineBackward(
                        new PermuteKernel.CombineGradient(
                                saved.y, order.position(), saved.gate.weight(), dOut, dy, dWeight),
                        tokens,
                        config.topK(),
                        width);
        MemorySegment dComputed = exchange.toExperts(dy);
        experts.awaitMaterialised();
        MemorySegment dReceived = arena.bytes(feedForward.rowBytes(order.received()));
        feedForward.backward(
                saved.experts,
                experts.weights(),
                new ExpertFeedForward.Gradients(experts.weightGradients(), experts.takeGradientBeta()),
                dComputed,
                dReceived,
                arena);
        MemorySegment dSent = exchange.toTokens(dReceived);
        MemorySegment dx = routerBackward(saved, dWeight, tokens, context, arena);
        expertRows().sumByPosition(dSent, order.position(), dx, tokens, config.topK(), width, 1);
        return dx;
    }

    private GateKernel.Saved gate(
            MemorySegment x, GateKernel.Shape shape, Pass pass, StepContext context, StepArena arena) {
        int tokens = shape.tokens();
        MemorySegment logits = arena.floats((long) tokens * config.experts());
        kernels().linear().forward(x, router.value(), logits, tokens, config.width(), config.experts(), 0);
        GateKernel.Saved saved = new GateKernel.Saved(
                arena.floats((long) tokens * config.experts()),
                arena.ints((long) tokens * config.topK()),
                arena.floats((long) tokens * config.topK()),
                arena.floats(tokens));
        kernels()
                .gate()
                .forward(
                        logits,
                        shape,
                        config.weights(),
                        saved.probabilities(),
                        saved.expert(),
                        saved.weight(),
                        saved.logSumExp());
        boolean asRouted = imposed == null || pass == Pass.EVALUATE;
        return asRouted ? saved : imposed.replace(logits, saved, shape, context, arena);
    }

    private MemorySegment routerBackward(
            Saved saved, MemorySegment dWeight, int tokens, StepContext context, StepArena arena) {
        GateKernel.Shape shape = new GateKernel.Shape(tokens, config.experts(), config.topK());
        MemorySegment balance = arena.hostBytes((long) config.experts() * Float.BYTES);
        long assignments = RoutingStatistics.sum(saved.load);
        for (int e = 0; e < config.experts(); e++) {
            double share = assignments == 0 ? 0 : (double) saved.load[e] / assignments;
            balance.setAtIndex(JAVA_FLOAT, e, (float) (config.auxLoss() * config.experts() * share / context.tokens()));
        }
        float zScale = (float) (config.zLoss() / context.tokens());
        MemorySegment dLogits = arena.floats((long) tokens * config.experts());
        kernels()
                .gate()
                .backward(saved.gate, shape, config.weights(), dWeight, arena.toKernels(balance), zScale, dLogits);
        MemorySegment dx = arena.floats((long) tokens * config.width());
        kernels().linear().backwardInput(dLogits, router.value(), dx, tokens, config.width(), config.experts(), 0);
        kernels()
                .linear()
                .backwardWeight(dLogits, saved.x, router.gradient(), tokens, config.width(), config.experts(), 1);
        return dx;
    }

    /** counts[s][e] = assignments of rank s's tokens to expert e, known to all ranks. */
    private int[][] gatherCounts(MemorySegment expert, GateKernel.Shape shape, StepArena arena) {
        MemorySegment histogram = arena.ints(config.experts());
        kernels().gate().histogram(expert, shape, histogram);
        MemorySegment local = arena.toHost(histogram);
        MemorySegment all = local;
        if (runtime.size() > 1) {
            all = arena.hostInts((long) runtime.size() * config.experts());
            runtime.tokens().allGather(local, all).await();
        }
        int[][] counts = new int[runtime.size()][config.experts()];
        for (int s = 0; s < counts.length; s++) {
            for (int e = 0; e < config.experts(); e++) {
                counts[s][e] = all.getAtIndex(JAVA_INT, (long) s * config.experts() + e);
            }
        }
        return counts;
    }

    private Kernels kernels() {
        return runtime.kernels();
    }

    private ExpertRowsKernel expertRows() {
        return runtime.kernels().expertRows();
    }
}
