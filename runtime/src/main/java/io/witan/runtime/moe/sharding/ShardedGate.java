package io.witan.runtime.moe.sharding;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.routing.ImposedChoice;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A gate whose tokens go to all shards of the experts that it chooses, with the expert's weight to each. The gate itself knows experts
 * only: loads that it learns from are theirs, as is what is imposed on it.
 */
public final class ShardedGate implements Gate {
    private final Gate gate;
    private final int experts;
    private final int sharding;

    /** @param gate chooses among the configured experts */
    public ShardedGate(Gate gate, MoeConfig config) {
        this.gate = gate;
        this.experts = config.experts();
        this.sharding = config.expertSharding();
    }

    /** @return [T, K S]: shards of a token's first choice, then of its second, and so on; null if the gate returned null */
    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        Routed routed = gate.route(x, tokens, pass, context, arena);
        return routed == null ? null : new ShardedRouted(routed, experts, sharding, arena);
    }

    @Override
    public List<Parameter> matrices() {
        return gate.matrices();
    }

    @Override
    public boolean isTrusted() {
        return gate.isTrusted();
    }

    @Override
    public void endStep(long[] load) {
        gate.endStep(ShardedRouted.ofExperts(load, sharding));
    }

    @Override
    public double[] memory() {
        return gate.memory();
    }

    @Override
    public void restore(double[] memory) {
        gate.restore(memory);
    }

    @Override
    public void impose(ImposedChoice choice) {
        gate.impose(choice);
    }
}
