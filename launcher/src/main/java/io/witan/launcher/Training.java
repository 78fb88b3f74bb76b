package io.witan.launcher;

import io.witan.launcher.process.TransportDriver;

/** What {@code train} launches. */
public record Training(RunPlanner planner, RankProgram program, TransportDriver transport) {}
