package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What one rank does in one operation, as a flow of data: at most one message to and one from each peer, made of parts, and
 * sums and copies between parts. Bytes move on as soon as those that they are made of are ready, so a part that arrives can be
 * forwarded, or a sum sent, while it still grows.
 *
 * <p>Both ends of a message list its parts in the same order. Parts depend on parts of earlier levels only, and every message
 * lists its parts by level: then the first unfinished level can always move, whatever the timing.
 *
 * <p>One for each lane, reused for operation after operation, so that a copied or lent message allocates nothing.
 */
public final class Exchange {
    /** Bytes that are copied or summed at a time. */
    static final long SLICE_BYTES = 256 * 1024;

    private static final int READING_LEVEL = Integer.MAX_VALUE;

    private final int rank;
    private final Message[] sends;
    private final Message[] receives;
    private final boolean[] sending;
    private final boolean[] receiving;
    private final Pool<Part> parts = new Pool<>(Part::new);
    private final Pool<Sum> sums = new Pool<>(Sum::new);
    private final Pool<Copy> copies = new Pool<>(Copy::new);
    private final List<Action> actions = new ArrayList<>();
    private final Scratch scratch = new Scratch();
    private int level;
    private int doneActions;
    private Action last;

    Exchange(int rank, int worldSize) {
        this.rank = rank;
        sends = new Message[worldSize];
        receives = new Message[worldSize];
        sending = new boolean[worldSize];
        receiving = new boolean[worldSize];
        for (int peer = 0; peer < worldSize; peer++) {
            sends[peer] = new Message();
            receives[peer] = new Message();
        }
    }

    /** Parts laid out from here on are made of parts of lower levels. Begins at 0. */
    public void beginLevel(int number) {
        level = number;
    }

    private Part next() {
        return parts.next().atLevel(level);
    }

    /** Bytes that are there from the start. The operation does not change them while a peer may read them. */
    public Part present(MemorySegment memory, long at, long bytes) {
        return parts.next().atLevel(0).memory(memory, at, bytes, bytes);
    }

    /** Room for bytes to come, from a peer or a sum. */
    public Part room(MemorySegment memory, long at, long bytes) {
        return next().memory(memory, at, bytes, 0);
    }

    /** Room in scratch memory. */
    public Part scratch(long bytes) {
        MemorySegment block = scratch.block(bytes);
        return next().memory(block, scratch.at(), bytes, 0);
    }

    /** Bytes from a peer that only sums of this operation read: in place where they can be. */
    public Part term(long bytes) {
        return next().term(bytes);
    }

    /** Bytes from a peer that are not copied: it must have them in registered memory. */
    public Part view(long bytes) {
        return next().view(bytes);
    }

    /** Adds bytes to the message for a peer. */
    public void send(int target, Part part) {
        sending[target] = true;
        sends[target].add(part);
    }

    /** Lends parts only when all of their bytes are there, as a view must be one piece. Copied parts move on by slices. */
    public void lendWhole() {
        for (Message message : sends) {
            message.lendWhole();
        }
    }

    /** Adds bytes to the message from a peer. */
    public Part receive(int source, Part part) {
        receiving[source] = true;
        receives[source].add(part);
        return part;
    }

    /** Makes sure that there is a message to and from every peer, so that every call is compared with every other. */
    public void meetAll() {
        for (int peer = 0; peer < sends.length; peer++) {
            sending[peer] = peer != rank;
            receiving[peer] = peer != rank;
        }
    }

    /** Makes sure of a message around the ring of ranks, so that every call is compared with a neighbour's. */
    public void meetNeighbours() {
        int size = sends.length;
        if (size > 1) {
            sending[(rank + 1) % size] = true;
            receiving[(rank + size - 1) % size] = true;
        }
    }

    /** Copies a part that is present to its room. */
    public void copy(Part from, Part to) {
        actions.add(copies.next().set(from, to));
    }

    /** Adds parts, those before {@code count}, in their order; the result may lie exactly where one of them does. */
    public void sum(SumKernel kernel, Part result, Part[] terms, int count) {
        actions.add(summing(kernel, result, terms, count));
    }

    /** As {@link #sum}, when all bytes for peers were handed over: the result may lie where they are. One an operation. */
    public void sumLast(SumKernel kernel, Part result, Part[] terms, int count) {
        last = summing(kernel, result, terms, count);
    }

    private Sum summing(SumKernel kernel, Part result, Part[] terms, int count) {
        Sum sum = sums.next().set(kernel, result);
        for (int i = 0; i < count; i++) {
            sum.add(terms[i]);
        }
        return sum;
    }

    /** Runs when the part is ready. */
    public void whenReady(Part part, Runnable action) {
        actions.add(new Delivery(part, action));
    }

    /** Null if there is none. */
    Message toward(int target) {
        return sending[target] ? sends[target] : null;
    }

    /** Null if there is none. */
    Message from(int source) {
        return receiving[source] ? receives[source] : null;
    }

    Scratch scratch() {
        return scratch;
    }

    boolean owes(int source) {
        return receiving[source] && !receives[source].isComplete();
    }

    /** The peer that owes the part of the lowest level: others may wait for it too. -1 if none owes any. */
    int leastOwing() {
        int least = -1;
        for (int peer = 0; peer < receives.length; peer++) {
            if (owes(peer) && (least < 0 || receives[peer].level() < receives[least].level())) {
                least = peer;
            }
        }
        return least;
    }

    /**
     * The level of what is next from that peer, or to it if nothing is. A peer that has all but has not given back its loans may
     * wait for anybody: it is above all levels.
     */
    int level(int peer) {
        if (owes(peer)) {
            return receives[peer].level();
        }
        return !sending[peer] || sends[peer].isComplete() ? READING_LEVEL : sends[peer].level();
    }

    /** Bytes for that rank were not handed over, or it still reads them. */
    boolean isOwed(int target) {
        return sending[target] && (!sends[target].isComplete() || sends[target].loan() > 0);
    }

    /** All bytes from peers are here and done with, and all for peers handed over, if perhaps still being read. */
    boolean isDone() {
        if (doneActions < actions.size() || last != null && !last.isDone()) {
            return false;
        }
        for (int peer = 0; peer < sends.length; peer++) {
            if (owes(peer)) {
                return false;
            }
        }
        return isHandedOver();
    }

    /** Peers have given back all that they were lent. */
    boolean isReturned() {
        for (int peer = 0; peer < sends.length; peer++) {
            if (sending[peer] && sends[peer].loan() > 0) {
                return false;
            }
        }
        return true;
    }

    /** Does one slice of what can be done; returns its bytes. */
    long act() {
        boolean allDone = true;
        for (int i = doneActions; i < actions.size(); i++) {
            Action action = actions.get(i);
            long bytes = action.step();
            if (allDone && action.isDone()) {
                doneActions = i + 1;
            } else {
                allDone = false;
            }
            if (bytes > 0) {
                return bytes;
            }
        }
        return last != null && isHandedOver() ? last.step() : 0;
    }

    /** A new operation begins. */
    void clear() {
        for (int peer = 0; peer < sends.length; peer++) {
            sending[peer] = false;
            receiving[peer] = false;
            sends[peer].clear();
            receives[peer].clear();
        }
        parts.release(Part::clear);
        sums.release(Sum::clear);
        copies.release(copy -> {});
        actions.clear();
        level = 0;
        doneActions = 0;
        last = null;
        scratch.reset();
    }

    void close() {
        scratch.close();
    }

    private boolean isHandedOver() {
        for (int peer = 0; peer < sends.length; peer++) {
            if (sending[peer] && !sends[peer].isComplete()) {
                return false;
            }
        }
        return true;
    }

    /** Objects of one operation, used again in the next. */
    private static final class Pool<T> {
        private final List<T> all = new ArrayList<>();
        private final Supplier<T> maker;
        private int used;

        Pool(Supplier<T> maker) {
            this.maker = maker;
        }

        T next() {
            if (used == all.size()) {
                all.add(maker.get());
            }
            return all.get(used++);
        }

        void release(Consumer<T> clear) {
            for (int i = 0; i < used; i++) {
                clear.accept(all.get(i));
            }
            used = 0;
        }
    }

    private static final class Delivery implements Action {
        private final Part part;
        private final Runnable action;
        private boolean done;

        Delivery(Part part, Runnable action) {
            this.part = part;
            this.action = action;
        }

        @Override
        public long step() {
            if (done || !part.isReady()) {
                return 0;
            }
            action.run();
            done = true;
            return 1;
        }

        @Override
        public boolean isDone() {
            return done;
        }
    }
}
