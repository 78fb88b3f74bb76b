package io.witan.runtime.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Adds up what the holders of a rank's memory say. Takes milliseconds and makes garbage, so it belongs between steps. */
public final class MemoryMeter {
    private final RankRuntime runtime;
    private final TrainingState state;
    private final ExpertBuffers buffers;

    public MemoryMeter(RankRuntime runtime, TrainingState state, ExpertBuffers buffers) {
        this.runtime = runtime;
        this.state = state;
        this.buffers = buffers;
    }

    /** A step begins: {@link #copies} counts from here. */
    public void beginStep() {
        buffers.beginStep();
    }

    /** Most that copies of experts have taken on this rank since the step began. Cheap. */
    public CopyMemory copies() {
        return buffers.copyMemory();
    }

    /** This rank, now. */
    public MemoryReport measure() {
        ResidentFiles files = ResidentFiles.read();
        MemoryParts parts = new MemoryParts(
                state.parameterBytes() + buffers.copyBytes(),
                state.gradientBytes() + buffers.gradientBytes(),
                state.momentBytes(),
                runtime.arena().hostHeldBytes(),
                runtime.hostKernels().scratchBytes(),
                transportBytes(files),
                JvmMemory.bytes(files));
        return new MemoryReport(runtime.rank(), parts, copies(), ResidentSize.read());
    }

    private long transportBytes(ResidentFiles files) {
        long bytes = runtime.exchange().stagingBytes() + runtime.group().scratchBytes();
        for (Path file : runtime.group().peerFiles()) {
            bytes += files.in(file);
        }
        return bytes;
    }

    /** All ranks, in rank order, the same on each. All call it together, with no operation in flight. */
    public List<MemoryReport> measureAll() {
        MemoryReport own = measure();
        if (runtime.size() == 1) {
            return List.of(own);
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment local = runtime.arena().hostBytes((long) MemoryReport.LONGS * Long.BYTES);
        MemorySegment all = runtime.arena().hostBytes((long) runtime.size() * MemoryReport.LONGS * Long.BYTES);
        MemorySegment.copy(own.toLongs(), 0, local, JAVA_LONG, 0, MemoryReport.LONGS);
        runtime.tokens().allGather(local, all).await();
        long[] gathered = all.toArray(JAVA_LONG);
        runtime.arena().release(mark);
        List<MemoryReport> reports = new ArrayList<>();
        for (int rank = 0; rank < runtime.size(); rank++) {
            int from = rank * MemoryReport.LONGS;
            reports.add(MemoryReport.ofLongs(rank, Arrays.copyOfRange(gathered, from, from + MemoryReport.LONGS)));
        }
        return reports;
    }
}
