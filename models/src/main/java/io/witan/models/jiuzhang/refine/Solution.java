package io.witan.models.jiuzhang.refine;

/**
 * How a problem is solved.
 *
 * @param text the way to the answer; may be empty
 * @param answer what comes out; empty: none was told
 */
public record Solution(String text, String answer) {}
