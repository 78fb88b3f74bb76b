package io.witan.launcher;

import io.witan.launcher.exit.FailureRule;
import java.util.List;
import java.util.Optional;

/**
 * The parts that a program made of this launcher consists of.
 *
 * @param mainClass its main passes its arguments to {@link Launcher#run} with the same composition; ranks are started by it
 * @param training empty: there is no {@code train}
 * @param commands further picocli commands, each a Callable of its exit code
 * @param rules what the errors of other modules mean to the user
 * @param agentWords from the folder of Witan on a node to the command line of a node agent there
 */
public record Composition(
        Class<?> mainClass,
        Optional<Training> training,
        List<Object> commands,
        List<FailureRule> rules,
        AgentWords agentWords) {
    public Composition {
        commands = List.copyOf(commands);
        rules = List.copyOf(rules);
    }

    /** The command line of a node agent. */
    @FunctionalInterface
    public interface AgentWords {
        List<String> at(String home);

        /** {@code bin/witan agent}, with the version that it must be. */
        static AgentWords script() {
            return home -> List.of(home + "/bin/witan", "agent", "--for", Version.current());
        }
    }
}
