package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Expert-sharding parallelism (FSMoE, arXiv 2501.10714, section 2): an FFN without biases is the sum of its shards, which have rows of w1 and w3
 * and the same columns of w2. To all parts of a layer behind the gate a shard is an expert: number e S + s is shard s of expert e. So every
 * choice of an expert becomes S choices of its shards, with the expert's weight to each, those of a token's first choice first; E, which
 * says "none", becomes E S, which says the same. The gradient of an expert's weight is the sum over its shards.
 */
final class ShardedRouted implements Routed {
    private final Routed routed;
    private final int experts;
    private final int sharding;
    private final StepArena arena;
    private final MemorySegment expert;
    private final MemorySegment wanted;
    private final MemorySegment weight;

    /**
     * @param routed [T, K] by experts
     * @param config of the layer: E experts in S shards
     */
    ShardedRouted(Routed routed, MoeConfig config, StepArena arena) {
        this.routed = routed;
        this.experts = config.experts();
        this.sharding = config.expertSharding();
        this.arena = arena;
        this.expert = shards(routed.expert());
        this.wanted = routed.wanted().equals(routed.expert()) ? expert : shards(routed.wanted());
        this.weight = repeated(routed.weight());
    }

    /** @return of each expert, assignments to each of its shards, which are as many to all */
    static long[] ofExperts(long[] ofShards, int sharding) {
        long[] load = new long[ofShards.length / sharding];
        Arrays.setAll(load, e -> ofShards[e * sharding]);
        return load;
    }

    private MemorySegment shards(MemorySegment chosen) {
        MemorySegment from = arena.toHost(chosen);
        MemorySegment to = arena.hostInts(assignments() * sharding);
        for (long i = 0; i < assignments() * sharding; i++) {
            int id = from.getAtIndex(JAVA_INT, i / sharding);
            int shard = id == experts ? 0 : (int) (i % sharding);
            to.setAtIndex(JAVA_INT, i, id * sharding + shard);
        }
        return arena.toKernels(to);
    }

    private MemorySegment repeated(MemorySegment weights) {
        MemorySegment from = arena.toHost(weights);
        MemorySegment to = arena.hostBytes(assignments() * sharding * Float.BYTES);
        for (long i = 0; i < assignments() * sharding; i++) {
            to.setAtIndex(JAVA_FLOAT, i, from.getAtIndex(JAVA_FLOAT, i / sharding));
        }
        return arena.toKernels(to);
    }

    /** T K. */
    private long assignments() {
        return (long) routed.tokens() * routed.choices();
    }

    @Override
    public int tokens() {
        return routed.tokens();
    }

    @Override
    public int choices() {
        return routed.choices() * sharding;
    }

    @Override
    public MemorySegment expert() {
        return expert;
    }

    @Override
    public MemorySegment weight() {
        return weight;
    }

    @Override
    public boolean mayDrop() {
        return routed.mayDrop();
    }

    @Override
    public MemorySegment wanted() {
        return wanted;
    }

    @Override
    public AuxiliaryLosses losses(long[] load, StepContext context) {
        return routed.losses(ofExperts(load, sharding), context);
    }

    @Override
    public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
        MemorySegment from = arena.toHost(dWeight);
        MemorySegment sums = arena.hostBytes(assignments() * Float.BYTES);
        for (long i = 0; i < assignments(); i++) {
            float sum = 0;
            for (int s = 0; s < sharding; s++) {
                sum += from.getAtIndex(JAVA_FLOAT, i * sharding + s);
            }
            sums.setAtIndex(JAVA_FLOAT, i, sum);
        }
        return routed.backward(arena.toKernels(sums), ofExperts(load, sharding), context);
    }
}
