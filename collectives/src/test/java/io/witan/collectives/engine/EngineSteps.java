package io.witan.collectives.engine;

/** Runs an engine whose thread was never started, a step at a time. */
public final class EngineSteps {
    private EngineSteps() {}

    /** What the engine's thread does once; returns how much was done. */
    public static int step(Engine engine) {
        return engine.background();
    }
}
