package io.witan.scheduler.simulate;

/**
 * What a layer has to do in a micro-batch.
 *
 * @param totals who computes how much, and what travels
 * @param gather parameters that are sent before the gate is known
 * @param late parameters that are sent once the gate is known, for which the layer waits
 * @param reduce gradients that are summed
 * @param keeps whether copies stay until backward; else they are sent again
 */
record LayerWork(DispatchTotals totals, Volume gather, Volume late, Volume reduce, boolean keeps) {}
