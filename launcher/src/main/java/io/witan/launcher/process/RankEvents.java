package io.witan.launcher.process;

import io.witan.launcher.message.AgentEvent;

/** What a rank's process tells the agent. From threads of its own. */
interface RankEvents {
    /** For the launcher. */
    void accept(AgentEvent event);

    /** The rank trains as it will for long: what waits for that may start. */
    void steady(int rank, int attempt);
}
