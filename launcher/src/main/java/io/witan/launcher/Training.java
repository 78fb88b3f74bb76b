package io.witan.launcher;

import io.witan.launcher.agent.TransportDriver;

/** What {@code train} launches. */
public record Training(RunPlanner planner, RankProgram program, TransportDriver transport) {}
