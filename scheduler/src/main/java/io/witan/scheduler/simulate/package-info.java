/**
 * A training iteration as discrete events, on the planners that training uses: {@link io.witan.scheduler.simulate.LaneSchedule} runs
 * tasks on lanes (compute and intra-node link of each rank, network card of each node),
 * {@link io.witan.scheduler.simulate.IterationGraph} makes the tasks of an iteration, {@link io.witan.scheduler.simulate.Simulation}
 * draws loads and asks the policy, step after step. The same seed gives the same result. Pure, any thread. L layers, E experts of a
 * layer, R ranks, N nodes; time in nanoseconds.
 */
package io.witan.scheduler.simulate;
