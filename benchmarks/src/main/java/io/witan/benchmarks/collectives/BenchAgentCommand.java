package io.witan.benchmarks.collectives;

import io.witan.launcher.agent.AgentLoop;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.supervise.Signals;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "agent",
        hidden = true,
        description = "Runs the ranks of one host for a benchmark started elsewhere; the benchmark starts it.")
final class BenchAgentCommand implements Callable<Integer> {
    private final Class<?> mainClass;

    BenchAgentCommand(Class<?> mainClass) {
        this.mainClass = mainClass;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        BenchAgent agent = new BenchAgent(JvmSettings.current(mainClass));
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.TERM, _ -> agent.stop());
        Signals.handle(Signals.HUP, _ -> agent.close());
        OutputStream events = new FileOutputStream(FileDescriptor.out);
        // What the driver or a library prints must not get between the events.
        System.setOut(System.err);
        return new AgentLoop(agent, events).run(System.in);
    }
}
