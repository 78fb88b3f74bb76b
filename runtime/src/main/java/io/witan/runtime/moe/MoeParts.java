package io.witan.runtime.moe;

import io.witan.scheduler.dispatch.DispatchRule;
import java.util.List;

/**
 * What an MoE layer is made of.
 *
 * @param order of rows, and its inverse
 * @param dispatch which holder of an expert computes which assignment
 * @param exchange how rows come from rank to rank, in dispatch and combine
 * @param experts what they compute
 * @param shared what every token passes beside them; {@link SharedExpert#NONE} for nothing
 * @param hooks may be empty
 */
public record MoeParts(
        Gate gate,
        Order order,
        DispatchRule dispatch,
        RowExchange exchange,
        ExpertNetwork experts,
        SharedExpert shared,
        List<MoeHook> hooks) {
    /** @throws IllegalArgumentException if the gate is an order of its own, and {@code order} another */
    public MoeParts {
        hooks = List.copyOf(hooks);
        if ((gate instanceof Order || order instanceof Gate) && (Object) gate != order) {
            throw new IllegalArgumentException("gate " + gate.getClass().getSimpleName() + " with order "
                    + order.getClass().getSimpleName() + ": one that is both can only be both");
        }
    }

    public MoeParts withDispatch(DispatchRule rule) {
        return new MoeParts(gate, order, rule, exchange, experts, shared, hooks);
    }

    public MoeParts withExchange(RowExchange other) {
        return new MoeParts(gate, order, dispatch, other, experts, shared, hooks);
    }

    public MoeParts withOrder(Order other) {
        return new MoeParts(gate, other, dispatch, exchange, experts, shared, hooks);
    }

    public MoeParts withHooks(List<MoeHook> others) {
        return new MoeParts(gate, order, dispatch, exchange, experts, shared, others);
    }

    /** @param other whose chunks have the layout of the layer's {@link io.witan.runtime.fssdp.LayerExperts} */
    public MoeParts withExperts(ExpertNetwork other) {
        return new MoeParts(gate, order, dispatch, exchange, other, shared, hooks);
    }

    public MoeParts withShared(SharedExpert other) {
        return new MoeParts(gate, order, dispatch, exchange, experts, other, hooks);
    }
}
