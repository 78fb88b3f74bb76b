package io.witan.launcher.cli;

import io.witan.collectives.NodeDriver;
import io.witan.kernels.KernelUnavailableException;
import io.witan.launcher.Composition;
import io.witan.launcher.Launcher;
import io.witan.launcher.Training;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.FailureRule;
import io.witan.models.huggingface.HuggingFaceException;
import io.witan.models.jiuzhang.refine.WriterException;
import io.witan.models.merge.MergeException;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataException;
import io.witan.runtime.engine.RankFailedException;
import io.witan.runtime.metrics.MetricsException;
import io.witan.runtime.text.TokenizerException;
import io.witan.runtime.trace.TraceException;
import io.witan.runtime.train.NonFiniteException;
import io.witan.runtime.vault.VaultException;
import java.util.List;
import java.util.Optional;

/** The program behind bin/witan. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(Launcher.run(arguments, composition()));
    }

    static Composition composition() {
        return new Composition(
                Main.class,
                Optional.of(new Training(new RecipePlanner(), new TrainProgram(), NodeDriver::start)),
                List.of(
                        new EvalCommand(),
                        new GenerateCommand(),
                        new RefineCommand(),
                        new TopCommand(),
                        new InspectCommand(),
                        new ConvertCommand(),
                        new MergeCommand(),
                        new SimulateCommand(),
                        new PlanCommand()),
                List.of(
                        new FailureRule(ConfigException.class, ExitCode.CONFIG),
                        new FailureRule(KernelUnavailableException.class, ExitCode.ENVIRONMENT),
                        new FailureRule(DataException.class, ExitCode.DATA),
                        new FailureRule(TokenizerException.class, ExitCode.DATA),
                        new FailureRule(WriterException.class, ExitCode.ENVIRONMENT),
                        new FailureRule(CheckpointException.class, ExitCode.CHECKPOINT),
                        new FailureRule(HuggingFaceException.class, ExitCode.CHECKPOINT),
                        new FailureRule(MergeException.class, ExitCode.CHECKPOINT),
                        new FailureRule(VaultException.class, ExitCode.OUTPUT),
                        new FailureRule(MetricsException.class, ExitCode.OUTPUT),
                        new FailureRule(TraceException.class, ExitCode.OUTPUT),
                        new FailureRule(RankFailedException.class, ExitCode.PEER_LOST),
                        new FailureRule(NonFiniteException.class, ExitCode.WRONG_RESULT)),
                Composition.AgentWords.script());
    }
}
