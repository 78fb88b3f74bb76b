/**
 * FSMoE's evaluation on paper: its grid of 1458 layers and its models on its two testbeds, by operations' times alone, for the systems that it
 * compares and for Witan's schedule. Published systems plan as published, which is without contention, and run on lanes that disturb each
 * other. Constants are the paper's and its code's; what had to be assumed is said where it is ({@link
 * io.witan.scheduler.simulate.fsmoe.Testbed}, {@link io.witan.scheduler.simulate.fsmoe.MoeSystem}, {@link
 * io.witan.scheduler.simulate.fsmoe.ContentionFit}) and in docs/scheduling.md. "Paper" is FSMoE (arXiv 2501.10714). Pure functions,
 * any thread; milliseconds.
 */
package io.witan.scheduler.simulate.fsmoe;
