package io.witan.launcher;

import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.agent.NodeAgent;
import io.witan.launcher.doctor.Preflight;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.supervise.Signals;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "agent",
        hidden = true,
        description = "Runs the ranks of one node for a launcher elsewhere; the launcher starts it.")
final class AgentCommand implements Callable<Integer> {
    private final Composition composition;
    private final Training training;

    @Option(names = "--for", paramLabel = "VERSION", description = "Version of the launcher.")
    private String launcher = Version.current();

    AgentCommand(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    @Override
    public Integer call() throws Exception {
        JvmSettings jvm = JvmSettings.current(composition.mainClass());
        NodeAgent agent = new NodeAgent(jvm, training.transport(), (parent, bytes) -> {
            requireSameVersion(jvm.home());
            return Preflight.check(parent, bytes);
        });
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.TERM, _ -> agent.stop());
        Signals.handle(Signals.HUP, _ -> agent.close());
        OutputStream events = new FileOutputStream(FileDescriptor.out);
        // What the driver or a library prints must not get between the events.
        System.setOut(System.err);
        return new AgentLoop(agent, events).run(System.in);
    }

    /** Of two versions the ranks may understand each other and compute different things. */
    private void requireSameVersion(Path home) {
        if (!launcher.equals(Version.current())) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    home + " has witan " + Version.current() + ", the launcher is witan " + launcher
                            + "; all nodes need the same, or name another folder as the node's home in the cluster file");
        }
    }
}
