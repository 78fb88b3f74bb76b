package io.witan.runtime.moe;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.routing.ImposedChoice;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.predict.LoadOrder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.stream.Stream;

/**
 * One sparse MoE layer across all ranks, in the six parts of FSMoE: gate, order, dispatch, expert, combine, i-order. Every rank calls
 * forward and backward in step with the others, also with zero tokens.
 */
public final class MoeLayer {
    private final RankRuntime runtime;
    private final Timeline timeline;
    private final MoeConfig config;
    private final MoeParts parts;
    private final LayerExperts experts;
    private final RoutingStatistics statistics;
    private final LayerHooks hooks;
    private final RoutedCheck check;
    /** A gate chooses experts of which a token goes to all shards; one that is an order too knows of shards itself. */
    private final boolean shardsChoices;

    private PipelineDegrees degrees = PipelineDegrees.SERIAL;
    private boolean deferring = true;

    /** @throws MoeLayerException if its exchange cannot work with its order */
    public MoeLayer(RankRuntime runtime, MoeConfig config, LayerExperts experts, MoeParts parts) {
        this.runtime = runtime;
        this.timeline = runtime.timeline();
        this.config = config;
        this.parts = parts;
        this.experts = experts;
        this.statistics = new RoutingStatistics(config.shards());
        this.hooks = new LayerHooks(
                parts.hooks(),
                experts.layer(),
                runtime.rank(),
                new LayerHooks.Lengths(
                        tokenBytes(), rowBytes(), parts.exchange().addsUp()));
        this.shardsChoices = config.expertSharding() > 1 && !(parts.gate() instanceof Order);
        this.check = new RoutedCheck(parts.gate(), experts.layer(), runtime.rank(), config);
        requireOrder();
    }

    private void requireOrder() {
        try {
            parts.exchange().require(parts.order());
        } catch (IllegalArgumentException e) {
            String stage = "exchange " + parts.exchange().getClass().getSimpleName();
            throw new MoeLayerException(experts.layer(), stage, runtime.rank(), e.getMessage(), e);
        }
    }

    /**
     * What backward needs; in the step arena.
     *
     * @param tokens T
     * @param experts of each piece of the rows
     * @param dispatcher of the rows
     * @param y rows that came back
     */
    public record Saved(
            int tokens,
            Routed routed,
            long[] wanted,
            TokenRows rows,
            TokenDispatcher dispatcher,
            PipelineDegrees degrees,
            ExpertNetwork.Computed[] experts,
            SharedExpert.Computed shared,
            MemorySegment y) {}

    /**
     * A training step is over. A gate all of whose matrices are frozen learns nothing from loads either.
     *
     * @param load assignments of each expert, or of each shard, over all ranks
     */
    public void endStep(long[] load) {
        List<Parameter> ofGate = parts.gate().matrices();
        if (!ofGate.isEmpty() && ofGate.stream().noneMatch(Parameter::isTrained)) {
            return;
        }
        long[] ofExperts = shardsChoices ? ShardedRouted.ofExperts(load, config.expertSharding()) : load;
        check.ask(() -> {
            parts.gate().endStep(ofExperts);
            return null;
        });
    }

    /** What the gate has learnt from loads, to be saved. */
    public double[] gateMemory() {
        return check.ask(parts.gate()::memory);
    }

    /** Gives the gate what it had learnt. */
    public void restoreGate(double[] memory) {
        check.ask(() -> {
            parts.gate().restore(memory);
            return null;
        });
    }

    public LayerExperts experts() {
        return experts;
    }

    /** From now on training takes its experts from here and not from the gate; evaluation goes by the gate. */
    public void impose(ImposedChoice choice) {
        parts.gate().impose(choice);
    }

    /** Dense parameters that are matrices. */
    public List<Parameter> matrices() {
        return Stream.concat(parts.gate().matrices().stream(), parts.shared().matrices().stream())
                .toList();
    }

    /** Loads and auxiliary losses since they were last taken. */
    public RoutingStatistics statistics() {
        return statistics;
    }

    /**
     * Cuts the exchanges of passes that begin from now on; on all ranks alike. One rank alone has nothing to cut.
     *
     * @throws IllegalArgumentException if they are to be cut where kernels do not work on host memory
     */
    public void pipeline(PipelineDegrees wanted) {
        if (wanted.pieces() > 1 && !kernels().memory().isHost()) {
            throw new IllegalArgumentException(
                    "layer " + experts.layer() + ", rank " + runtime.rank() + ": exchanges in "
                            + wanted.forward() + " messages forward and " + wanted.backward()
                            + " backward need kernels on host memory; with a device both must be 1");
        }
        degrees = wanted;
    }

    /**
     * Whether gradients of the experts' weights wait, from now on, until there is nothing else to do but to wait for rows; else each piece's
     * follow those of its rows. Deferred, which is the default, they take memory for all pieces at once.
     */
    public void deferWeightGradients(boolean defer) {
        deferring = defer;
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
        mark();
        MemorySegment input =
                hooked(MoeHook.Point.BEFORE_MOE, x, tokens, tokenBytes(), pass).data();
        long begin = timeline.begin();
        Routed routed = route(input, tokens, pass, context, arena);
        begin = lap(Span.GATE, begin);
        AssignmentCounts assigned = AssignmentCounts.gather(runtime, routed, config.shards());
        begin = lap(Span.WAIT_COUNTS, begin);
        int[][] counts = assigned.kept();
        if (pass == Pass.TRAIN) {
            experts.widen(counts);
        }
        DispatchPlan plan = parts.dispatch().plan(runtime.topology(), experts.placement(), counts);
        PipelineDegrees pipeline = runtime.size() == 1 ? PipelineDegrees.SERIAL : degrees;
        TokenRows rows = new TokenRows(runtime, plan, routed, pipeline.pieces());
        TokenDispatcher dispatcher = parts.exchange().open(runtime, parts.order(), routed, rows);
        dispatcher.announce();
        long[] load = LoadOrder.total(counts);
        long[] wanted = assigned.wanted() == counts ? load : LoadOrder.total(assigned.wanted());
        if (pass == Pass.TRAIN) {
            statistics.record(plan, load);
            statistics.record(check.ask(() -> routed.losses(wanted, context)));
            // What a gate that is an order too decides is of mixtures, which have no task.
            if (!context.tasks().isNone() && !(parts.gate() instanceof Order)) {
                statistics.record(routed, context.tasks(), arena);
            }
        }
        TokenDispatcher.Direction direction = dispatcher.forward();
        TokenExchange exchange =
                new TokenExchange(runtime, direction, rows, dispatcher.hasVoidRow(), pipeline.forward());

        MemorySegment sent = exchange.rowsToSend(rowBytes());
        dispatcher.order(input, sent);
        begin = lap(Span.ORDER, begin);
        exchange.dispatch(hooked(MoeHook.Point.BEFORE_DISPATCH, sent, direction.rows(), rowBytes(), pass));
        begin = lap(Span.SUBMIT, begin);
        MemorySegment sum = hooks.isEmpty() ? out : zeroes(tokens);
        SharedExpert.Computed shared = parts.shared().forward(input, sum, tokens, pass, arena);
        lap(Span.SHARED_EXPERT, begin);
        exchange.poll();
        ExpertNetwork.Computed[] computed = computeExperts(exchange, rows, pass, arena);
        begin = timeline.begin();
        MemorySegment back = exchange.back();
        begin = lap(Span.WAIT_TOKENS, begin);
        MemorySegment y = exchange.withVoid(
                back, hooked(MoeHook.Point.AFTER_COMBINE, back, direction.rows(), exchange.combinedBytes(), pass));
        dispatcher.inverse(y, sum);
        if (!hooks.isEmpty()) {
            MoeHook.Rows output = hooked(MoeHook.Point.AFTER_MOE, sum, tokens, tokenBytes(), pass);
            kernels().vector().add(out, output.data(), (long) tokens * config.width());
        }
        lap(Span.I_ORDER, begin);
        return new Saved(tokens, routed, wanted, rows, dispatcher, pipeline, computed, shared, y);
    }

    /** Piece by piece, each as soon as it has come. */
    private ExpertNetwork.Computed[] computeExperts(
            TokenExchange exchange, TokenRows rows, Pass pass, StepArena arena) {
        MemorySegment y = exchange.rowsOfExperts(rowBytes());
        ExpertNetwork.Computed[] computed = new ExpertNetwork.Computed[rows.pieces()];
        for (int piece = 0; piece < computed.length; piece++) {
            MoeHook.Rows arrived = await(exchange, piece);
            MemorySegment received = hooks.forward(MoeHook.Point.AFTER_DISPATCH, arrived, pass, runtime.arena())
                    .data();
            experts.awaitMaterialised();
            long begin = timeline.begin();
            MemorySegment own = exchange.slice(y, piece, rowBytes());
            computed[piece] =
                    parts.experts().forward(received, rows.expertOffsets(piece), experts.weights(), own, pass, arena);
            timeline.end(Span.EXPERTS, experts.layer(), piece, begin);
            MoeHook.Rows ready = new MoeHook.Rows(own, rows.pieceRows(piece), rowBytes(), piece);
            combine(exchange, hooks.forward(MoeHook.Point.BEFORE_COMBINE, ready, pass, runtime.arena()));
        }
        return computed;
    }

    private MoeHook.Rows await(TokenExchange exchange, int piece) {
        long begin = timeline.begin();
        exchange.await(piece);
        timeline.end(Span.WAIT_TOKENS, experts.layer(), piece, begin);
        begin = timeline.begin();
        MoeHook.Rows arrived = exchange.arrived(piece);
        timeline.end(Span.ROWS, experts.layer(), piece, begin);
        return arrived;
    }

    private void combine(TokenExchange exchange, MoeHook.Rows ready) {
        long begin = timeline.begin();
        exchange.combine(ready);
        timeline.end(Span.ROWS, experts.layer(), ready.piece(), begin);
    }

    /**
     * A span of the whole layer is over.
     *
     * @return where the next begins
     */
    private long lap(Span span, long begin) {
        timeline.end(span, experts.layer(), Timeline.NONE, begin);
        return timeline.begin();
    }

    private Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        Routed routed = check.ask(() -> parts.gate().route(x, tokens, pass, context, arena));
        check.check(routed, x, tokens, arena);
        return shardsChoices ? new ShardedRouted(routed, config, arena) : routed;
    }

    /** [T, D] */
    private MemorySegment zeroes(int tokens) {
        long values = (long) tokens * config.width();
        MemorySegment zeroes = runtime.arena().floats(values);
        kernels().vector().zero(zeroes, values);
        return zeroes;
    }

    private MoeHook.Rows hooked(MoeHook.Point point, MemorySegment data, int count, long bytes, Pass pass) {
        return hooks.forward(point, new MoeHook.Rows(data, count, bytes, 0), pass, runtime.arena());
    }

    private MoeHook.Rows hookedBack(MoeHook.Point point, MemorySegment data, int count, long bytes) {
        return hooks.backward(point, new MoeHook.Rows(data, count, bytes, 0), runtime.arena());
    }

    private long tokenBytes() {
        return (long) config.width() * Float.BYTES;
    }

    private long rowBytes() {
        return kernels().feedForward().format().bytes(config.width());
    }

    /**
     * The shared experts' forward alone.
     *
     * @param x [T, D]
     * @param out [T, D], adds the result
     */
    public void forwardShared(MemorySegment x, MemorySegment out, int tokens, StepArena arena) {
        parts.shared().forward(x, out, tokens, Pass.TRAIN, arena);
    }

    /** Bytes of an assignment as ranks exchange it. */
    public long assignmentBytes() {
        return rowBytes();
    }

    /**
     * Adds the gradients of the gate and, if any expert is trained, of the held experts; those of the experts begin anew in each step.
     *
     * @param dOut [T, D]
     * @return dx [T, D], in the arena
     */
    public MemorySegment backward(Saved saved, MemorySegment dOut, StepContext context, StepArena arena) {
        mark();
        TokenDispatcher dispatcher = saved.dispatcher;
        TokenDispatcher.Direction direction = dispatcher.backward();
        TokenExchange exchange =
                new TokenExchange(runtime, direction, saved.rows, dispatcher.hasVoidRow(), saved.degrees.backward());
        MemorySegment d = hookedBack(MoeHook.Point.AFTER_MOE, dOut, saved.tokens, tokenBytes())
                .data();
        long begin = timeline.begin();
        MemorySegment dy = exchange.rowsToSend(rowBytes());
        dispatcher.inverseBackward(saved.y, d, dy);
        begin = lap(Span.I_ORDER, begin);
        exchange.dispatch(hookedBack(MoeHook.Point.AFTER_COMBINE, dy, direction.rows(), rowBytes()));
        lap(Span.SUBMIT, begin);
        // What needs no rows of experts runs while rows travel: there, or back if it needs the weights' gradients from
        // elsewhere.
        boolean weightsTravel = dispatcher.weightsTravel();
        MemorySegment dx =
                weightsTravel ? null : besideExperts(exchange, saved, dispatcher.weightGradient(), d, context, arena);
        backwardOfExperts(exchange, saved, arena);
        begin = timeline.begin();
        if (weightsTravel) {
            exchange.advance();
            MemorySegment dWeight = dispatcher.weightGradient();
            lap(Span.I_ORDER, begin);
            dx = besideExperts(exchange, saved, dWeight, d, context, arena);
            begin = timeline.begin();
        }
        MemorySegment back = exchange.back();
        begin = lap(Span.WAIT_TOKENS, begin);
        MemorySegment dRows = exchange.withVoid(
                back, hookedBack(MoeHook.Point.BEFORE_DISPATCH, back, direction.rows(), exchange.combinedBytes()));
        dispatcher.orderBackward(dRows, dx);
        lap(Span.ORDER, begin);
        return hookedBack(MoeHook.Point.BEFORE_MOE, dx, saved.tokens, tokenBytes())
                .data();
    }

    /**
     * Backward of gate and shared experts.
     *
     * @return dx [T, D], in the arena
     */
    private MemorySegment besideExperts(
            TokenExchange exchange,
            Saved saved,
            MemorySegment dWeight,
            MemorySegment d,
            StepContext context,
            StepArena arena) {
        long begin = timeline.begin();
        MemorySegment dx = check.checkGradient(
                check.ask(() -> saved.routed.backward(dWeight, saved.wanted, context)), saved.tokens);
        lap(Span.GATE, begin);
        exchange.poll();
        begin = timeline.begin();
        saved.shared.backward(d, dx, arena);
        lap(Span.SHARED_EXPERT, begin);
        exchange.poll();
        return dx;
    }

    /** The pieces of forward; gradients of weights in the gaps, or piece by piece. */
    private void backwardOfExperts(TokenExchange exchange, Saved saved, StepArena arena) {
        MemorySegment dx = exchange.rowsOfExperts(rowBytes());
        Queue<ExpertNetwork.WeightGradients> waiting = new ArrayDeque<>();
        for (int piece = 0; piece < saved.experts.length; piece++) {
            exchange.poll();
            while (!waiting.isEmpty() && !exchange.isReady(piece)) {
                addWeights(waiting.remove());
                exchange.poll();
            }
            MoeHook.Rows arrived = await(exchange, piece);
            MemorySegment dy = hooks.backward(MoeHook.Point.BEFORE_COMBINE, arrived, runtime.arena())
                    .data();
            experts.awaitMaterialised();
            StepArena.Mark mark = arena.mark();
            long begin = timeline.begin();
            MemorySegment own = exchange.slice(dx, piece, rowBytes());
            ExpertNetwork.WeightGradients weights = saved.experts[piece].backward(experts.weights(), dy, own, arena);
            timeline.end(Span.EXPERTS, experts.layer(), piece, begin);
            if (!experts.isTrained()) {
                arena.release(mark);
            } else if (deferring) {
                waiting.add(weights);
            } else {
                addWeights(weights);
                arena.release(mark);
            }
            MoeHook.Rows ready = new MoeHook.Rows(own, saved.rows.pieceRows(piece), rowBytes(), piece);
            combine(exchange, hooks.backward(MoeHook.Point.AFTER_DISPATCH, ready, runtime.arena()));
        }
        while (!waiting.isEmpty()) {
            addWeights(waiting.remove());
            exchange.poll();
        }
    }

    private void mark() {
        experts.mark(runtime.tokens());
        experts.mark(runtime.inNode());
    }

    private void addWeights(ExpertNetwork.WeightGradients weights) {
        long begin = timeline.begin();
        weights.into(new ExpertNetwork.Gradients(experts.weightGradients(), experts.takeGradientBeta()));
        timeline.end(Span.EXPERT_WEIGHTS, experts.layer(), Timeline.NONE, begin);
    }

    private Kernels kernels() {
        return runtime.kernels();
    }
}
