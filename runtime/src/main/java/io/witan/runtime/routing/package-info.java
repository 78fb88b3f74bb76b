/**
 * Routing that a benchmark imposes in the router's place: how popular each expert is ({@link
 * io.witan.runtime.routing.ExpertPopularity}), and which experts each token gets by it ({@link io.witan.runtime.routing.DrawnChoice}).
 * Every rank draws for its own tokens, by their place in the whole step, so that any number of ranks draws alike.
 *
 * <p>Any thread, but for {@link io.witan.runtime.routing.DrawnChoice}. T tokens, E experts of a layer, K experts a token.
 */
package io.witan.runtime.routing;
