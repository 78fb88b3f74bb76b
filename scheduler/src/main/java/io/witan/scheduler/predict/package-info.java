/**
 * What is known about the load of the experts: how many token assignments each will get
 * ({@link io.witan.scheduler.predict.LoadPredictor}) and in which order they count
 * ({@link io.witan.scheduler.predict.LoadOrder}). The predictor is the only object with state in this module: one thread at
 * a time. Loads are int64 counts; L layers, E experts of a layer.
 */
package io.witan.scheduler.predict;
