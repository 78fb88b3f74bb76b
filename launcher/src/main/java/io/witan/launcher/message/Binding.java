package io.witan.launcher.message;

/** Which cores the processes of ranks run on. */
public enum Binding {
    /** All that the node's agent may run on. */
    NONE,
    /** Each rank on cores of its own, as many as it has compute threads. */
    CORE
}
