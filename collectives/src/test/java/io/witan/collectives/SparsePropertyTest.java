package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.SparsePlans.Shape;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class SparsePropertyTest {
    @Provide
    Arbitrary<Topology> topologies() {
        return Arbitraries.integers()
                .between(1, 3)
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(Topology::of);
    }

    @Property(tries = 60)
    void gatherGivesEveryHolderTheOwnersValue(
            @ForAll("topologies") Topology topology,
            @ForAll @IntRange(max = 9) int experts,
            @ForAll @IntRange(max = 10) int tenths,
            @ForAll @IntRange(max = 900) int floats,
            @ForAll Shape shape,
            @ForAll long seed) {
        Placement wide = SparsePlans.randomWide(topology, experts, tenths / 10.0, new SplittableRandom(seed));
        TransferPlan plan = SparsePlans.plan(topology, wide, shape);
        long chunkBytes = (long) floats * Float.BYTES;
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(1);
            int rank = lane.rank();
            MemorySegment[] chunks = new MemorySegment[experts];
            for (int e : wide.heldBy(rank)) {
                chunks[e] = wide.owner(e) == rank ? Floats.of(Floats.rough(seed + e, floats)) : Floats.room(floats);
            }
            lane.sparseAllGather(plan, chunks, chunkBytes).await();

            for (int e : wide.heldBy(rank)) {
                assertThat(Floats.read(chunks[e]))
                        .as("chunk %d on rank %d", e, rank)
                        .isEqualTo(Floats.rough(seed + e, floats));
            }
            assertThat(lane.traffic())
                    .isEqualTo(new Communicator.Traffic(
                            plan.chunksOutOf(rank) * chunkBytes,
                            plan.chunksInto(rank) * chunkBytes,
                            0,
                            plan.chunksInto(rank) * chunkBytes,
                            0,
                            0,
                            0));
            return null;
        });
    }

    @Property(tries = 60)
    void reductionAddsByLocalRankThenByNode(
            @ForAll("topologies") Topology topology,
            @ForAll @IntRange(max = 9) int experts,
            @ForAll @IntRange(max = 10) int tenths,
            @ForAll @IntRange(max = 900) int floats,
            @ForAll long seed) {
        Placement wide = SparsePlans.randomWide(topology, experts, tenths / 10.0, new SplittableRandom(seed));
        TransferPlan plan = SparsePlans.plan(topology, wide, Shape.STAR);
        long chunkBytes = (long) floats * Float.BYTES;
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(1);
            int rank = lane.rank();
            MemorySegment[] chunks = new MemorySegment[experts];
            for (int e : wide.heldBy(rank)) {
                chunks[e] = Floats.of(Floats.rough(seed + 100L * e + rank, floats));
            }
            lane.sparseReduceScatter(plan, chunks, chunkBytes).await();

            for (int e : wide.heldBy(rank)) {
                if (wide.owner(e) == rank) {
                    assertThat(Floats.read(chunks[e])).isEqualTo(sumByNode(topology, wide, e, floats, seed));
                }
            }
            assertThat(lane.traffic().sparseReduceScatterBytes()).isEqualTo(plan.chunksInto(rank) * chunkBytes);
            assertThat(lane.traffic().receivedBytes()).isEqualTo(plan.chunksOutOf(rank) * chunkBytes);
            return null;
        });
    }

    @Property(tries = 40)
    void reductionAfterGatherMultipliesByTheHolders(
            @ForAll("topologies") Topology topology,
            @ForAll @IntRange(min = 1, max = 9) int experts,
            @ForAll Shape shape,
            @ForAll long seed) {
        int floats = 33;
        Placement wide = SparsePlans.randomWide(topology, experts, 0.6, new SplittableRandom(seed));
        TransferPlan plan = SparsePlans.plan(topology, wide, shape);
        Ranks.run(topology, group -> {
            Communicator lane = group.lane(0);
            int rank = lane.rank();
            MemorySegment[] chunks = new MemorySegment[experts];
            for (int e : wide.heldBy(rank)) {
                chunks[e] = wide.owner(e) == rank ? Floats.of(whole(e, floats, 1)) : Floats.room(floats);
            }
            lane.sparseAllGather(plan, chunks, floats * 4L);
            lane.sparseReduceScatter(plan, chunks, floats * 4L).await();

            for (int e : wide.heldBy(rank)) {
                if (wide.owner(e) == rank) {
                    assertThat(Floats.read(chunks[e])).isEqualTo(whole(e, floats, wide.holders(e).length));
                }
            }
            return null;
        });
    }

    private static float[] whole(int chunk, int count, int factor) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = factor * (chunk * 1000 + i);
        }
        return values;
    }

    private static float[] sumByNode(Topology topology, Placement wide, int chunk, int floats, long seed) {
        List<float[]> nodes = new ArrayList<>();
        for (int node = 0; node < topology.nodeCount(); node++) {
            List<float[]> members = new ArrayList<>();
            for (int rank : wide.holders(chunk)) {
                if (topology.nodeOf(rank) == node) {
                    members.add(Floats.rough(seed + 100L * chunk + rank, floats));
                }
            }
            if (!members.isEmpty()) {
                nodes.add(Floats.sum(members.toArray(float[][]::new)));
            }
        }
        return Floats.sum(nodes.toArray(float[][]::new));
    }
}
