/**
 * Where in backward the all-reduce of dense gradients travels: cut into slices of one flat bucket in backward order, each in a stretch of
 * backward ({@link io.witan.scheduler.gradient.GradientSegment}) that hides it, the rest exposed at the end. The planner
 * ({@link io.witan.scheduler.gradient.GradientPlanner}) takes the better of greedy filling
 * ({@link io.witan.scheduler.gradient.GreedyPartition}) and dynamic programming on a byte grid
 * ({@link io.witan.scheduler.gradient.GridPartition}); {@link io.witan.scheduler.gradient.EvolvedPartition} is the paper's way, for
 * comparison. "Paper" is FSMoE (arXiv 2501.10714), section 5. Pure functions, any thread. Bytes int64, milliseconds as doubles.
 */
package io.witan.scheduler.gradient;
