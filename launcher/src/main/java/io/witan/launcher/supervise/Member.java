package io.witan.launcher.supervise;

import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.NodeJob;

/** One node of the run: its order and the hold on its agent. */
public record Member(NodeJob job, AgentLink agent) {}
