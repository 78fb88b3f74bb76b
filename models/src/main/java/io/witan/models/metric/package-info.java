/**
 * What models are measured by: pure functions of what a model told and what is true, each with a 95 % interval. Nothing here
 * knows a model. All types are immutable and safe on any thread.
 */
package io.witan.models.metric;
