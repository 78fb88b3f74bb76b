/**
 * How many chunks a MoE layer is cut into, forward and backward apart: the work of a layer
 * ({@link io.witan.scheduler.pipeline.MoeWork}), the event model of the three lanes in the published order
 * ({@link io.witan.scheduler.pipeline.PipelineTime}), the best degree by trying all ({@link io.witan.scheduler.pipeline.DegreeSearch}),
 * both degrees of a layer from what was measured ({@link io.witan.scheduler.pipeline.PipelinePlanner}),
 * and for comparison the paper's way: four closed forms under predicates ({@link io.witan.scheduler.pipeline.PaperCase}), each
 * minimised over the real numbers ({@link io.witan.scheduler.pipeline.PaperDegree}). "Paper" is FSMoE (arXiv 2501.10714). Pure
 * functions, any thread. Milliseconds.
 */
package io.witan.scheduler.pipeline;
