/**
 * Models on the runtime and what starts them: {@link io.witan.models.Recipe} says what to train,
 * {@link io.witan.models.TrainingRun} trains it on one rank.
 */
package io.witan.models;
