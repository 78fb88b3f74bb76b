package io.witan.scheduler.transfer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a change of owners into rounds. In a round each rank sends one expert and receives one, or does neither: so a rank needs
 * room for one expert besides its own, however many move. As every rank keeps its number of experts, the moves form circles of
 * ranks; a round is some circles that share no rank.
 */
public final class OwnerMovePlanner {
    private static final int NOT_ON_PATH = -1;

    /** Moves that are in no round yet, by the rank that sends, by layer and expert. */
    private final List<List<OwnerMove>> waiting = new ArrayList<>();

    private final List<OwnerMove> path = new ArrayList<>();
    /** Index in the path of the move that leaves a rank. */
    private final int[] onPath;
    /** Ranks of this round's circles, and those from which no further one can be found. */
    private final boolean[] closed;

    private OwnerMovePlanner(int ranks) {
        this.onPath = new int[ranks];
        this.closed = new boolean[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            waiting.add(new ArrayList<>());
        }
    }

    /**
     * Rounds in the order in which they run. All ranks get the same.
     *
     * @param before owners now, before[l][e]
     * @param after owners to be, of the same shape
     * @throws IllegalArgumentException if shapes differ, an owner is no rank, or a rank would own more or fewer experts than now
     */
    public static List<List<OwnerMove>> rounds(int[][] before, int[][] after, int ranks) {
        check(before, after, ranks);
        OwnerMovePlanner planner = new OwnerMovePlanner(ranks);
        int left = 0;
        for (int l = 0; l < before.length; l++) {
            for (int e = 0; e < before[l].length; e++) {
                if (before[l][e] != after[l][e]) {
                    planner.waiting.get(before[l][e]).add(new OwnerMove(l, e, before[l][e], after[l][e]));
                    left++;
                }
            }
        }
        List<List<OwnerMove>> rounds = new ArrayList<>();
        while (left > 0) {
            List<OwnerMove> round = planner.round();
            left -= round.size();
            rounds.add(round);
        }
        return rounds;
    }

    private List<OwnerMove> round() {
        List<OwnerMove> round = new ArrayList<>();
        Arrays.fill(closed, false);
        Arrays.fill(onPath, NOT_ON_PATH);
        for (int rank = 0; rank < closed.length; rank++) {
            walkFrom(rank, round);
        }
        return round;
    }

    /** Follows moves between open ranks, takes out every circle, and goes back where none leads on. */
    private void walkFrom(int start, List<OwnerMove> round) {
        int rank = start;
        while (!closed[rank]) {
            OwnerMove next = firstToOpen(rank);
            if (next == null) {
                closed[rank] = true;
                rank = stepBack(rank);
                continue;
            }
            onPath[rank] = path.size();
            path.add(next);
            if (onPath[next.to()] == NOT_ON_PATH) {
                rank = next.to();
            } else {
                takeCircle(onPath[next.to()], round);
                rank = stepBack(next.to());
            }
        }
    }

    private OwnerMove firstToOpen(int rank) {
        for (OwnerMove move : waiting.get(rank)) {
            if (!closed[move.to()]) {
                return move;
            }
        }
        return null;
    }

    /** The rank whose move led to a closed one, off the path again; that one itself if the path began there. */
    private int stepBack(int rank) {
        if (path.isEmpty()) {
            return rank;
        }
        int back = path.removeLast().from();
        onPath[back] = NOT_ON_PATH;
        return back;
    }

    private void takeCircle(int from, List<OwnerMove> round) {
        List<OwnerMove> circle = path.subList(from, path.size());
        for (OwnerMove move : circle) {
            waiting.get(move.from()).remove(move);
            closed[move.from()] = true;
            onPath[move.from()] = NOT_ON_PATH;
        }
        round.addAll(circle);
        circle.clear();
    }

    private static void check(int[][] before, int[][] after, int ranks) {
        if (before.length != after.length) {
            throw new IllegalArgumentException("new owners: of " + after.length + " layers, expected " + before.length);
        }
        int[] owned = new int[ranks];
        int[] room = new int[ranks];
        for (int l = 0; l < before.length; l++) {
            if (before[l].length != after[l].length) {
                throw new IllegalArgumentException("new owners: layer " + l + " has " + after[l].length
                        + " experts, expected " + before[l].length);
            }
            for (int e = 0; e < before[l].length; e++) {
                if (after[l][e] < 0 || after[l][e] >= ranks) {
                    throw new IllegalArgumentException("new owners: layer " + l + " expert " + e + " has owner "
                            + after[l][e] + ", allowed 0.." + (ranks - 1));
                }
                room[before[l][e]]++;
                owned[after[l][e]]++;
            }
        }
        for (int rank = 0; rank < ranks; rank++) {
            if (owned[rank] != room[rank]) {
                throw new IllegalArgumentException("new owners: rank " + rank + " would own " + owned[rank]
                        + " experts over all layers, it has " + room[rank] + " and keeps that number");
            }
        }
    }
}
