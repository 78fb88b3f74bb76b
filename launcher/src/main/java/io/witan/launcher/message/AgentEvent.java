package io.witan.launcher.message;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What a node agent reports. For each process of a rank: Started, Output, Lost and Exited, then Drained; at the end Finished or Failed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = AgentEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = AgentEvent.Output.class, name = "output"),
    @JsonSubTypes.Type(value = AgentEvent.Lost.class, name = "lost"),
    @JsonSubTypes.Type(value = AgentEvent.Exited.class, name = "exited"),
    @JsonSubTypes.Type(value = AgentEvent.Drained.class, name = "drained"),
    @JsonSubTypes.Type(value = AgentEvent.Finished.class, name = "finished"),
    @JsonSubTypes.Type(value = AgentEvent.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = AgentEvent.AgentLost.class, name = "agent_lost"),
    @JsonSubTypes.Type(value = AgentEvent.Note.class, name = "note"),
})
public sealed interface AgentEvent {
    /** The rank's process is there. */
    record Started(int rank, int attempt, long pid, String log) implements AgentEvent {}

    /** One line that the rank wrote. */
    record Output(int rank, Channel channel, String text) implements AgentEvent {}

    /** The rank can reach others no more, and waits for its next job. */
    record Lost(int rank, int attempt, int code, String message) implements AgentEvent {}

    /**
     * The rank's process is gone; more output may follow.
     *
     * @param attempt whose job the process was given last
     */
    record Exited(int rank, int attempt, int code) implements AgentEvent {}

    /** No more output of the rank will come. The code is final: an exhausted heap shows only in the output. */
    record Drained(int rank, int attempt, int code, List<String> lastLines) implements AgentEvent {}

    /** All ranks are gone and the node's shared memory is freed. */
    record Finished() implements AgentEvent {}

    /** The node's ranks could not be started, or the agent was lost; any that ran are gone or will end by themselves. */
    record Failed(int code, String message) implements AgentEvent {}

    /**
     * An agent that had started its ranks is gone, with its driver; its ranks end by themselves. {@link AgentLink#goOn} starts another
     * one; until then nothing more comes.
     */
    record AgentLost(String message) implements AgentEvent {}

    /** A line from the agent or from the command that reaches it, not from a rank. */
    record Note(String text) implements AgentEvent {}
}
