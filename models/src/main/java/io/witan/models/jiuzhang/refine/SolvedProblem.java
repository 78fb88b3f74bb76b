package io.witan.models.jiuzhang.refine;

/** A problem and how it is solved. */
public record SolvedProblem(String question, Solution solution) {}
