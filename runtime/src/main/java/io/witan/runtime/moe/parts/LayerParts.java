package io.witan.runtime.moe.parts;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.BiasedFeedForward;
import io.witan.runtime.moe.ExpertFeedForward;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.GatedSharedExpert;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.SharedExpert;
import io.witan.runtime.moe.SharedFeedForward;
import io.witan.runtime.moe.exchange.FlatExchange;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.order.SortOrder;
import io.witan.runtime.moe.soft.SoftMixture;
import io.witan.runtime.state.Parameter;
import io.witan.scheduler.dispatch.DispatchRule;
import java.util.List;
import java.util.function.Function;

/** Puts layers together: rows sorted by expert, even dispatch, straight all-to-alls, FFNs, no shared experts, no hooks, and a gate. */
public final class LayerParts {
    private LayerParts() {}

    /**
     * Softmax and top-k.
     *
     * @throws IllegalArgumentException if another gate is configured
     */
    public static MoeParts plain(RankRuntime runtime, MoeConfig config, Parameter router) {
        return with(runtime, config, GateParts.plain(runtime.kernels(), config, router));
    }

    /** As configured: gate and order. */
    public static MoeParts configured(RankRuntime runtime, MoeConfig config, GateParts.Given given) {
        if (config.gate().select() != GateConfig.Select.SOFT) {
            return with(runtime, config, GateParts.create(runtime.kernels(), config, given));
        }
        SoftMixture soft = new SoftMixture(
                runtime.kernels(),
                new SortOrder(runtime.kernels().expertRows(), config.width()),
                given.router(),
                new SoftMixture.Size(
                        config.experts(),
                        config.gate().slots(),
                        config.width(),
                        given.sequence(),
                        config.expertSharding()));
        return new MoeParts(
                soft,
                soft,
                DispatchRule.EVEN,
                new FlatExchange(runtime.tokens()),
                feedForward(runtime, config),
                SharedExpert.NONE,
                List.of());
    }

    /** With this gate, which chooses among the configured experts. */
    public static MoeParts with(RankRuntime runtime, MoeConfig config, Gate gate) {
        return new MoeParts(
                gate,
                new SortOrder(runtime.kernels().expertRows(), config.width()),
                DispatchRule.EVEN,
                new FlatExchange(runtime.tokens()),
                feedForward(runtime, config),
                SharedExpert.NONE,
                List.of());
    }

    /**
     * The configured shared experts, for {@link MoeParts#withShared}; {@link SharedExpert#NONE} if there are none.
     *
     * @param name as for {@link SharedFeedForward#declare}
     * @param parameter a declared tensor by name
     */
    public static SharedExpert shared(
            RankRuntime runtime, MoeConfig config, String name, Function<String, Parameter> parameter) {
        if (config.sharedExperts() == 0) {
            return SharedExpert.NONE;
        }
        SharedFeedForward shared = new SharedFeedForward(runtime.kernels(), config, name, parameter);
        return config.sharedGate()
                ? new GatedSharedExpert(
                        runtime.kernels(), shared, parameter.apply(SharedFeedForward.gateName(name)), config.width())
                : shared;
    }

    /** The configured experts. */
    public static ExpertNetwork feedForward(RankRuntime runtime, MoeConfig config) {
        return config.biased()
                ? new BiasedFeedForward(runtime.kernels(), config.biasedLayout())
                : new ExpertFeedForward(runtime.kernels().feedForward(), config);
    }
}
