package io.witan.launcher.top;

/** Where a table's figures come from. */
@FunctionalInterface
public interface RunSource {
    /** How the run is now. */
    RunView view();
}
