package io.witan.models;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Moves many experts often, whether that is of use or not.
 *
 * @param copies decides where experts are copied
 * @param interval steps between changes
 */
record MovingPolicy(PlacementPolicy copies, int ranks, int interval, Change change) implements PlacementPolicy {
    /** What becomes of the owners. */
    enum Change {
        /** Any permutation, another one each time. */
        SHUFFLE,
        /** Every expert goes to the next rank, that of the last to the first: all move, in one circle of all ranks. */
        CIRCLE,
        /** Experts in the order of their layers fill rank after rank, from another one on each time: with few layers a rank owns all of one and none of others. */
        WHOLE_LAYERS,
        /** By the loads that the policy is given: the most loaded on the lowest ranks. */
        BY_LOAD
    }

    /** Copies of the two hottest experts of each of two layers on every rank. */
    static PlacementPolicy copyingTheHottest(Topology topology) {
        LayerCost unweighed = new LayerCost(1, 1, 1, 0, 0, 0, new LinkSpeed(1, 1));
        return NamedPolicy.FSSDP.create(PolicySettings.of(topology, List.of(unweighed, unweighed), 0)
                .withOverlapDegree(2)
                .withMemoryPool(4));
    }

    @Override
    public StepPlacement place(StepInput input) {
        return copies.place(input);
    }

    @Override
    public boolean looksBack() {
        return copies.looksBack();
    }

    @Override
    public boolean looksAtOwners(long step) {
        return step % interval == 0;
    }

    @Override
    public int[][] reshard(ReshardInput input) {
        int layers = input.owners().length;
        int experts = input.owners()[0].length;
        int[] slots = OwnerPlacement.slots(layers, experts, ranks);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < layers * experts; i++) {
            order.add(i);
        }
        switch (change) {
            case SHUFFLE -> Collections.shuffle(order, new Random(input.step()));
            case CIRCLE -> {
                return next(input.owners());
            }
            case WHOLE_LAYERS -> Collections.rotate(order, (int) (input.step() / interval) * experts);
            case BY_LOAD ->
                order.sort((a, b) ->
                        Long.compare(input.load()[b / experts][b % experts], input.load()[a / experts][a % experts]));
        }
        int[][] owners = new int[layers][experts];
        int at = 0;
        for (int rank = 0; rank < ranks; rank++) {
            for (int i = 0; i < slots[rank]; i++) {
                owners[order.get(at) / experts][order.get(at) % experts] = rank;
                at++;
            }
        }
        return owners;
    }

    private int[][] next(int[][] owners) {
        int[][] next = new int[owners.length][];
        for (int l = 0; l < owners.length; l++) {
            next[l] = owners[l].clone();
            for (int e = 0; e < next[l].length; e++) {
                next[l][e] = (next[l][e] + 1) % ranks;
            }
        }
        return next;
    }

    /** Copies of an expert stay where they were in the step before, and each step adds one: what comes of it depends on all steps. */
    record Sticky(int ranks) implements PlacementPolicy {
        @Override
        public boolean looksBack() {
            return true;
        }

        @Override
        public StepPlacement place(StepInput input) {
            List<Placement> wide = new ArrayList<>();
            for (int l = 0; l < input.owners().size(); l++) {
                Placement base = input.previous().isEmpty()
                        ? input.owners().get(l)
                        : input.previous().get(l);
                int expert = (int) (input.step() % base.expertCount());
                int[][] extra = new int[base.expertCount()][0];
                extra[expert] = new int[] {(int) ((input.step() / base.expertCount() + l) % ranks)};
                boolean full = base.copyCount() > base.expertCount();
                wide.add((full ? input.owners().get(l) : base).with(extra));
            }
            return StepPlacement.keeping(wide);
        }
    }
}
