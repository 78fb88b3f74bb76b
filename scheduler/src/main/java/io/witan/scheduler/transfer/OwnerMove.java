package io.witan.scheduler.transfer;

/** An expert goes from its owner to another rank, which owns it then. */
public record OwnerMove(int layer, int expert, int from, int to) {}
