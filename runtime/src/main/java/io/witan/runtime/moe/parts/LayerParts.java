package io.witan.runtime.moe.parts;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.ExpertFeedForward;
import io.witan.runtime.moe.ExpertNetwork;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.order.SortOrder;
import io.witan.runtime.moe.soft.SoftMixture;
import io.witan.runtime.state.Parameter;
import io.witan.scheduler.dispatch.DispatchRule;
import java.util.List;

/** Puts layers together: rows sorted by expert, even dispatch, one all-to-all, FFNs, no hooks, and a gate. */
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
                new SoftMixture.Size(config.experts(), config.gate().slots(), config.width(), given.sequence()));
        return new MoeParts(
                soft, soft, DispatchRule.EVEN, AllToAll.FLAT.of(runtime), feedForward(runtime, config), List.of());
    }

    /** With this gate. */
    public static MoeParts with(RankRuntime runtime, MoeConfig config, Gate gate) {
        return new MoeParts(
                gate,
                new SortOrder(runtime.kernels().expertRows(), config.width()),
                DispatchRule.EVEN,
                AllToAll.FLAT.of(runtime),
                feedForward(runtime, config),
                List.of());
    }

    private static ExpertNetwork feedForward(RankRuntime runtime, MoeConfig config) {
        return new ExpertFeedForward(runtime.kernels().feedForward(), config);
    }
}
