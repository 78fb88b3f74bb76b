package io.witan.runtime.moe;

import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import io.witan.runtime.OwnMemory;
import java.lang.foreign.Arena;

/** The host's kernels as those of a device: with a memory of their own, into which and out of which things have to be copied. */
final class ApartKernels implements Kernels {
    private final Kernels host;
    private final Arena arena = Arena.ofShared();

    /** @param host closed by its owner */
    ApartKernels(Kernels host) {
        this.host = host;
    }

    @Override
    public String description() {
        return "host in the place of a device";
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public KernelMemory memory() {
        return new OwnMemory(arena);
    }

    @Override
    public Operations operations() {
        return host.operations();
    }

    @Override
    public void close() {
        arena.close();
    }
}
