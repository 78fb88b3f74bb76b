package io.witan.scheduler.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.placement.OwnerPlacement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rounds of a change of owners: all moves, each once, and never more than one expert in a rank's hands. */
class OwnerMovePlannerPropertyTest {
    @Property(tries = 300)
    void everyMoveIsMadeOnceByRoundsInWhichEachRankSendsWhatItReceives(
            @ForAll @IntRange(min = 1, max = 5) int layers,
            @ForAll @IntRange(min = 1, max = 9) int experts,
            @ForAll @IntRange(min = 1, max = 7) int ranks,
            @ForAll long seed) {
        int world = Math.min(ranks, layers * experts);
        int[][] before = shuffled(OwnerPlacement.even(layers, experts, world), new Random(seed));
        int[][] after = shuffled(before, new Random(seed + 1));
        List<List<OwnerMove>> rounds = OwnerMovePlanner.rounds(before, after, world);

        int[][] now = copy(before);
        for (List<OwnerMove> round : rounds) {
            assertThat(round).isNotEmpty();
            int[] sent = new int[world];
            int[] received = new int[world];
            for (OwnerMove move : round) {
                assertThat(now[move.layer()][move.expert()]).isEqualTo(move.from());
                now[move.layer()][move.expert()] = move.to();
                sent[move.from()]++;
                received[move.to()]++;
            }
            assertThat(sent).isEqualTo(received);
            for (int count : sent) {
                assertThat(count).isLessThanOrEqualTo(1);
            }
        }
        assertThat(now).isDeepEqualTo(after);
        assertThat(rounds.stream().mapToInt(List::size).sum()).isEqualTo(differences(before, after));
    }

    @Example
    void twoRanksThatSwapAllTheirExpertsTakeAsManyRoundsAsOneHas() {
        int[][] before = {{0, 0, 0, 1, 1, 1}};
        int[][] after = {{1, 1, 1, 0, 0, 0}};
        assertThat(OwnerMovePlanner.rounds(before, after, 2)).hasSize(3);
    }

    @Example
    void noMoveIsNoRound() {
        int[][] owners = OwnerPlacement.even(2, 5, 3);
        assertThat(OwnerMovePlanner.rounds(owners, copy(owners), 3)).isEmpty();
    }

    @Example
    void ownersThatDoNotFitAreRefused() {
        int[][] before = {{0, 0, 1, 1}};
        assertThatThrownBy(() -> OwnerMovePlanner.rounds(before, new int[][] {{0, 0, 0, 1}}, 2))
                .hasMessage("new owners: rank 0 would own 3 experts over all layers, it has 2 and keeps that number");
        assertThatThrownBy(() -> OwnerMovePlanner.rounds(before, new int[][] {{0, 0, 2, 1}}, 2))
                .hasMessage("new owners: layer 0 expert 2 has owner 2, allowed 0..1");
        assertThatThrownBy(() -> OwnerMovePlanner.rounds(before, new int[][] {{0, 0, 1}}, 2))
                .hasMessage("new owners: layer 0 has 3 experts, expected 4");
        assertThatThrownBy(() -> OwnerMovePlanner.rounds(before, new int[0][], 2))
                .hasMessage("new owners: of 0 layers, expected 1");
    }

    private static int[][] shuffled(int[][] owners, Random random) {
        List<Integer> all = new ArrayList<>();
        for (int[] layer : owners) {
            for (int owner : layer) {
                all.add(owner);
            }
        }
        Collections.shuffle(all, random);
        int[][] shuffled = copy(owners);
        int next = 0;
        for (int[] layer : shuffled) {
            for (int e = 0; e < layer.length; e++) {
                layer[e] = all.get(next++);
            }
        }
        return shuffled;
    }

    private static int[][] copy(int[][] owners) {
        int[][] copy = new int[owners.length][];
        for (int l = 0; l < owners.length; l++) {
            copy[l] = owners[l].clone();
        }
        return copy;
    }

    private static int differences(int[][] before, int[][] after) {
        int count = 0;
        for (int l = 0; l < before.length; l++) {
            for (int e = 0; e < before[l].length; e++) {
                count += before[l][e] == after[l][e] ? 0 : 1;
            }
        }
        return count;
    }
}
