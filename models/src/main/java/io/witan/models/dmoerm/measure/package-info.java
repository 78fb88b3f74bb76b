/**
 * What a reward model is measured by: the share of pairs that it orders as the labels do, with intervals over rows and over
 * seeds; what a bag of words reaches; and how good a response it chooses out of n, alone or as an ensemble.
 *
 * <p>Pure functions of arrays on the host, safe on any thread. n responses or models, N rows.
 */
package io.witan.models.dmoerm.measure;
