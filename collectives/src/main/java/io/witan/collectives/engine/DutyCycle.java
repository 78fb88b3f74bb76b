package io.witan.collectives.engine;

import io.witan.collectives.flight.FlightRecord;
import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** What whoever holds the engine's lock does: control, then every lane, then what the lanes gave control to say. */
final class DutyCycle {
    private static final int NO_LANE = -1;
    /** Rounds of a lane in one step; of one behind a busier, more urgent lane just one. */
    private static final int ROUNDS = 16;

    private final World world;
    private final Transport transport;
    private final BooleanSupplier givenUp;
    private final LongSupplier clock;
    private final FrameSender sender;
    private final FrameGate gate;
    private final Control control;
    private final OperationRing ring = new OperationRing();
    private final Lane[] lanes;
    private int activeLane = NO_LANE;
    /** When it was last looked at. */
    private long nowNs;

    private boolean broken;

    DutyCycle(World world, Transport transport, BooleanSupplier givenUp, LongSupplier clock) {
        this.world = world;
        this.transport = transport;
        this.givenUp = givenUp;
        this.clock = clock;
        this.sender = new FrameSender(world, transport);
        this.gate = new FrameGate(world);
        this.control = new Control(world, transport, sender, gate, clock.getAsLong());
        this.lanes = new Lane[world.laneCount()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(world, i, transport, sender, gate, ring, control::raise);
        }
        control.watchOver(lanes);
    }

    /** Null once all ranks are there, or why not. */
    Fault meet(long timeoutNs) {
        Fault fault = new Rendezvous(world, transport, sender, gate, System.nanoTime(), timeoutNs).meet(givenUp);
        if (fault == null) {
            control.metAll();
        }
        return fault;
    }

    /** @param listener null: nobody */
    void observe(CompletionListener listener) {
        for (Lane lane : lanes) {
            lane.observe(listener);
        }
    }

    Lane lane(int index) {
        return lanes[index];
    }

    long droppedFrames() {
        return gate.droppedFrames();
    }

    long scratchBytes() {
        long bytes = 0;
        for (Lane lane : lanes) {
            bytes += lane.scratchBytes();
        }
        return bytes;
    }

    FlightRecord flightRecord() {
        List<FlightRecord.Lane> reached = new ArrayList<>();
        for (Lane lane : lanes) {
            lane.recordStuck();
            reached.add(new FlightRecord.Lane(lane.submitted(), lane.succeeded()));
        }
        Fault verdict = control.agreement().verdict();
        return new FlightRecord(
                world.rank(),
                world.size(),
                TimeUnit.NANOSECONDS.toMicros(System.nanoTime()),
                verdict == null ? "" : verdict.message(),
                reached,
                ring.operations());
    }

    void addFiles(Collection<Path> files) {
        transport.addFiles(files);
    }

    void submit(int lane, Operation operation) {
        Fault verdict = control.agreement().verdict();
        if (verdict != null) {
            operation.fail(verdict);
        } else {
            nowNs = clock.getAsLong();
            operation.submitted(nowNs);
            lanes[lane].submit(operation);
            move();
        }
    }

    /** As {@link #step}, but for the control stream: cheap enough to be called without pause. */
    int move() {
        return guarded(false);
    }

    /**
     * Moves what can be moved; returns how much was done, 0 if nothing. Never throws what a transport or a buffer throws, nor
     * the InternalError of mapped memory whose file was cut.
     */
    int step() {
        return guarded(true);
    }

    private int guarded(boolean withControl) {
        try {
            return withControl || control.agreement().isOpen() ? unguardedStep() : moveLanes();
        } catch (RuntimeException | OutOfMemoryError | InternalError cause) {
            onBroken(cause);
            return 1;
        } finally {
            activeLane = NO_LANE;
        }
    }

    /** Operations are in flight, or ranks are agreeing on a fault. */
    boolean isBusy() {
        FaultAgreement agreement = control.agreement();
        return inFlight() || agreement.isOpen() && agreement.verdict() == null;
    }

    /** Peers hear that this rank closed; what is in flight here fails at once. */
    void abandon() {
        for (Lane lane : lanes) {
            if (lane.inFlight() > 0) {
                control.raise(lane.lostFault(world.rank(), "it closed its communicator"));
            }
        }
        Fault fault = closedFault();
        control.agreement().settleAlone(fault);
        failAll(fault);
    }

    /** Begins to leave the world. */
    void leave() {
        if (inFlight()) {
            abandon();
        }
        control.departure().leave();
    }

    /** True when no peer needs this rank any more, or none can be reached. */
    boolean isReleased() {
        FaultAgreement agreement = control.agreement();
        boolean settled = agreement.verdict() != null || !agreement.isOpen();
        return broken || settled && control.isReleased();
    }

    Fault closedFault() {
        return Fault.idle(
                FaultKind.CLOSED, world.rank(), world.rank(), "rank " + world.rank() + " closed its communicator");
    }

    void close() {
        transport.close();
        sender.close();
        for (Lane lane : lanes) {
            lane.close();
        }
    }

    private boolean inFlight() {
        for (Lane lane : lanes) {
            if (lane.inFlight() > 0) {
                return true;
            }
        }
        return false;
    }

    private int unguardedStep() {
        FaultAgreement agreement = control.agreement();
        if (agreement.verdict() == null && givenUp.getAsBoolean()) {
            abandon();
        }
        boolean alone = world.size() == 1;
        nowNs = clock.getAsLong();
        int work = alone ? 0 : control.poll(nowNs);
        work += moveLanes();
        activeLane = NO_LANE;
        if (alone) {
            agreement.settleIfOpen();
        } else {
            work += control.progress(nowNs);
        }
        if (agreement.verdict() != null && inFlight()) {
            failAll(agreement.verdict());
            work++;
        }
        return work;
    }

    private int moveLanes() {
        int work = 0;
        int rounds = ROUNDS;
        for (activeLane = 0; activeLane < lanes.length && !control.agreement().isOpen(); activeLane++) {
            Lane lane = lanes[activeLane];
            if (lane.inFlight() > 0) {
                work += lane.progress(nowNs, rounds);
                rounds = lane.inFlight() > 0 ? 1 : rounds;
            }
        }
        return work;
    }

    /** Peers are told, unless it is the transport itself that broke, or telling them failed too. */
    private void onBroken(Throwable cause) {
        Fault fault = brokenFault(cause);
        broken |= cause instanceof TransportException;
        if (control.agreement().isOpen() || broken) {
            control.agreement().settleAlone(fault);
            failAll(control.agreement().verdict());
        } else {
            control.raise(fault);
        }
    }

    private void failAll(Fault fault) {
        for (Lane lane : lanes) {
            lane.fail(fault);
        }
    }

    private Fault brokenFault(Throwable cause) {
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        String message = "rank " + world.rank() + ": " + text;
        int culprit = cause instanceof BadPeerException bad ? bad.rank() : world.rank();
        for (int lane = 0; lane < lanes.length; lane++) {
            boolean blamed = activeLane == lane || activeLane == NO_LANE;
            Operation operation = lanes[lane].current();
            if (blamed && operation != null) {
                return new Fault(
                        operation.sequence(),
                        lane,
                        FaultKind.TRANSPORT,
                        0,
                        culprit,
                        world.rank(),
                        operation.label() + ": " + message);
            }
        }
        return Fault.idle(FaultKind.TRANSPORT, culprit, world.rank(), message);
    }
}
