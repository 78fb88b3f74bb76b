package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/** One exchange: at most one message to and one from each peer, then a local action. Built by one rank for itself. */
public final class Phase {
    private static final Runnable NOTHING = () -> {};

    private final Message[] sends;
    private final Message[] receives;
    private Runnable action = NOTHING;

    public Phase(int worldSize) {
        sends = new Message[worldSize];
        receives = new Message[worldSize];
    }

    /** Adds bytes to the message for a peer; a part of length 0 makes sure that there is one. */
    public Phase send(int target, MemorySegment part) {
        if (sends[target] == null) {
            sends[target] = new Message();
        }
        sends[target].add(part);
        return this;
    }

    /** Adds room to the message from a peer; a part of length 0 makes sure that one is expected. */
    public Phase receive(int source, MemorySegment part) {
        if (receives[source] == null) {
            receives[source] = new Message();
        }
        receives[source].add(part);
        return this;
    }

    /** What to do when all messages have passed; replaces an earlier action. */
    public Phase then(Runnable action) {
        this.action = action;
        return this;
    }

    /** Adds an empty message around the ring of ranks, so that every rank's call is compared with a neighbour's. */
    public Phase announce(int rank) {
        int size = sends.length;
        if (size > 1) {
            send((rank + 1) % size, MemorySegment.NULL);
            receive((rank + size - 1) % size, MemorySegment.NULL);
        }
        return this;
    }

    Message toward(int target) {
        return sends[target];
    }

    Message from(int source) {
        return receives[source];
    }

    boolean owes(int source) {
        return receives[source] != null && !receives[source].isComplete();
    }

    boolean isOwed(int target) {
        return sends[target] != null && !sends[target].isComplete();
    }

    boolean isExchanged() {
        for (int peer = 0; peer < sends.length; peer++) {
            if (owes(peer) || isOwed(peer)) {
                return false;
            }
        }
        return true;
    }

    void act() {
        action.run();
    }
}
