package io.witan.collectives;

import io.witan.collectives.wire.FrameHandler;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A link that loses, delays, reorders and doubles frames, and recovers as a reliable transport does: frames are numbered,
 * the sender keeps each until it was taken and sends it again while no acknowledgement comes (these are lost as often), the
 * receiver puts them in order and drops doubles. Its clock is the receiver's looks, not time.
 */
final class FaultyLink extends MemoryLink {
    private static final int RESEND_LOOKS = 3;

    /** One copy on the wire. */
    private record Copy(long number, long dueLook) {}

    private final FaultPlan plan;
    private final SplittableRandom random;
    private final InMemoryNetwork.Counters counters;
    private final int looksPerFrame;
    private final TreeMap<Long, byte[]> kept = new TreeMap<>();
    private final TreeMap<Long, Long> resendLook = new TreeMap<>();
    private final List<Copy> wire = new ArrayList<>();
    private final TreeMap<Long, Boolean> landed = new TreeMap<>();
    private long nextNumber;
    private long nextTaken;
    private long look;

    FaultyLink(FaultPlan plan, SplittableRandom random, InMemoryNetwork.Counters counters, int looksPerFrame) {
        this.plan = plan;
        this.random = random;
        this.counters = counters;
        this.looksPerFrame = looksPerFrame;
    }

    @Override
    synchronized boolean offer(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        if (kept.size() >= CAPACITY_FRAMES) {
            return false;
        }
        kept.put(nextNumber, copyOf(header, payload, payloadAt, payloadBytes));
        transmit(nextNumber++);
        return true;
    }

    @Override
    synchronized int poll(FrameHandler handler, int frameLimit) {
        look++;
        if (kept.isEmpty() && wire.isEmpty()) {
            return 0;
        }
        land();
        resend();
        boolean pauses = look % looksPerFrame != 0;
        int limit = looksPerFrame > 1 ? Math.min(1, frameLimit) : frameLimit;
        int taken = 0;
        while (!pauses && taken < limit && landed.containsKey(nextTaken)) {
            byte[] frame = kept.get(nextTaken);
            if (!handler.onFrame(MemorySegment.ofArray(frame), 0, frame.length)) {
                break;
            }
            landed.remove(nextTaken);
            kept.remove(nextTaken);
            resendLook.remove(nextTaken);
            recycle(frame);
            nextTaken++;
            taken++;
        }
        return taken;
    }

    private void transmit(long number) {
        counters.sent.increment();
        resendLook.put(number, look + RESEND_LOOKS + plan.maxDelayPolls() * 3L);
        if (random.nextDouble() < plan.loss()) {
            counters.lost.increment();
        } else {
            wire.add(new Copy(number, arrival()));
        }
        if (random.nextDouble() < plan.duplicate()) {
            wire.add(new Copy(number, arrival()));
        }
    }

    private long arrival() {
        long due = look + (plan.maxDelayPolls() == 0 ? 0 : random.nextInt(plan.maxDelayPolls() + 1));
        return random.nextDouble() < plan.reorder() ? due + 1 + random.nextInt(3) : due;
    }

    private void land() {
        for (Iterator<Copy> copies = wire.iterator(); copies.hasNext(); ) {
            Copy copy = copies.next();
            if (copy.dueLook() > look) {
                continue;
            }
            copies.remove();
            if (random.nextDouble() >= plan.loss()) {
                resendLook.remove(copy.number());
            }
            boolean isDouble = copy.number() < nextTaken || landed.put(copy.number(), true) != null;
            if (isDouble) {
                counters.duplicates.increment();
            } else if (!landed.isEmpty() && landed.lastKey() > copy.number()) {
                counters.reordered.increment();
            }
        }
    }

    private void resend() {
        if (resendLook.isEmpty()) {
            return;
        }
        for (Long number : List.copyOf(resendLook.keySet())) {
            if (resendLook.get(number) <= look) {
                counters.retransmitted.increment();
                transmit(number);
            }
        }
    }
}
