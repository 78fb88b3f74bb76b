package io.witan.scheduler.fit;

/**
 * What collectives of one reach cost, by bytes.
 *
 * @param allToAll by bytes that leave a rank
 * @param allGather by bytes of the whole, which every rank then has
 * @param reduceScatter by bytes of the whole, which every rank had
 * @param allReduce by bytes of the buffer
 */
public record CollectiveLines(
        Reach reach, LinearFit allToAll, LinearFit allGather, LinearFit reduceScatter, LinearFit allReduce) {}
