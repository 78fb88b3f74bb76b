package io.witan.scheduler.policy;

import io.witan.scheduler.plan.Placement;
import java.util.List;

/**
 * What is known when a step begins.
 *
 * @param step from 1
 * @param owners of each layer, without copies
 * @param previous placements of the step before, with the owners of now; empty in a run's first step and in the first after a resume on
 *     another number of ranks
 * @param predictedLoad predictedLoad[l][e] in any unit that the layers share; all zero if nothing is known
 */
public record StepInput(long step, List<Placement> owners, List<Placement> previous, long[][] predictedLoad) {}
