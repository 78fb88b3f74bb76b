/**
 * Iterative refinement: a larger model corrects what this one has written, again and again, with solved problems beside it that are like the one at hand
 * (JiuZhang 2.0, arXiv 2306.11027, "in-context learning" of its second part). Nothing here knows ranks; one thread, but for the calls of a {@link
 * io.witan.models.jiuzhang.refine.SolutionWriter} that allows several at once.
 */
package io.witan.models.jiuzhang.refine;
