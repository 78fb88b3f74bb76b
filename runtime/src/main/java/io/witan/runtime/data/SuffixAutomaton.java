package io.witan.runtime.data;

import java.util.Arrays;

/**
 * The suffix automaton of a sequence of code points (Blumer et al. 1985): a path from the start spells exactly the
 * substrings. At most 2n states and 3n edges, built in one pass; edges are lists, so memory does not depend on the alphabet.
 */
final class SuffixAutomaton {
    private static final int START = 0;
    private static final int NONE = -1;

    private int[] length = new int[64];
    private int[] link = new int[64];
    private int[] firstEdge = new int[64];
    private int states;

    private int[] edgePoint = new int[64];
    private int[] edgeTarget = new int[64];
    private int[] edgeNext = new int[64];
    private int edges;

    private int last;

    SuffixAutomaton(int[] points) {
        last = newState(0);
        link[START] = NONE;
        for (int point : points) {
            append(point);
        }
    }

    private void append(int point) {
        int added = newState(length[last] + 1);
        int state = last;
        while (state != NONE && edge(state, point) == NONE) {
            addEdge(state, point, added);
            state = link[state];
        }
        if (state == NONE) {
            link[added] = START;
        } else {
            int target = edgeTarget[edge(state, point)];
            link[added] = length[target] == length[state] + 1 ? target : split(state, point, target);
        }
        last = added;
    }

    /** Makes a copy of {@code target} for the strings that reach it from {@code state} and its suffixes. */
    private int split(int state, int point, int target) {
        int copy = newState(length[state] + 1);
        for (int edge = firstEdge[target]; edge != NONE; edge = edgeNext[edge]) {
            addEdge(copy, edgePoint[edge], edgeTarget[edge]);
        }
        link[copy] = link[target];
        link[target] = copy;
        int from = state;
        while (from != NONE) {
            int edge = edge(from, point);
            if (edge == NONE || edgeTarget[edge] != target) {
                break;
            }
            edgeTarget[edge] = copy;
            from = link[from];
        }
        return copy;
    }

    private int newState(int stateLength) {
        if (states == length.length) {
            length = Arrays.copyOf(length, states * 2);
            link = Arrays.copyOf(link, states * 2);
            firstEdge = Arrays.copyOf(firstEdge, states * 2);
        }
        length[states] = stateLength;
        firstEdge[states] = NONE;
        return states++;
    }

    private void addEdge(int state, int point, int target) {
        if (edges == edgePoint.length) {
            edgePoint = Arrays.copyOf(edgePoint, edges * 2);
            edgeTarget = Arrays.copyOf(edgeTarget, edges * 2);
            edgeNext = Arrays.copyOf(edgeNext, edges * 2);
        }
        edgePoint[edges] = point;
        edgeTarget[edges] = target;
        edgeNext[edges] = firstEdge[state];
        firstEdge[state] = edges++;
    }

    private int edge(int state, int point) {
        int edge = firstEdge[state];
        while (edge != NONE && edgePoint[edge] != point) {
            edge = edgeNext[edge];
        }
        return edge;
    }

    /** A stretch of a text. */
    record Match(int start, int length) {}

    /** The first longest stretch of {@code points} that is a substring of the automaton's sequence. */
    Match longestMatch(int[] points) {
        int state = START;
        int matched = 0;
        Match best = new Match(0, 0);
        for (int i = 0; i < points.length; i++) {
            int edge = edge(state, points[i]);
            while (edge == NONE && state != START) {
                state = link[state];
                matched = length[state];
                edge = edge(state, points[i]);
            }
            if (edge != NONE) {
                state = edgeTarget[edge];
                matched++;
            }
            if (matched > best.length()) {
                best = new Match(i - matched + 1, matched);
            }
        }
        return best;
    }
}
