package io.witan.launcher;

import io.witan.launcher.agent.NodeAgent;
import io.witan.launcher.agent.RemoteAgent;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.doctor.Preflight;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.flight.FlightFile;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.output.RunRecord;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.process.SharedMemory;
import io.witan.launcher.status.StatusFile;
import io.witan.launcher.supervise.Member;
import io.witan.launcher.supervise.NodeLoss;
import io.witan.launcher.supervise.Outcome;
import io.witan.launcher.supervise.Signals;
import io.witan.launcher.supervise.SupervisionLimits;
import io.witan.launcher.supervise.Supervisor;
import io.witan.launcher.supervise.Terminal;
import io.witan.runtime.trace.TraceFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** One start of a run, from the request to the pictures: check, claim the folder, supervise the ranks, report. */
final class TrainLaunch {
    private static final Path DEFAULT_PARENT = Path.of("runs");

    private final Composition composition;
    private final Training training;
    private final Terminal terminal;

    TrainLaunch(Composition composition, Training training, Terminal terminal) {
        this.composition = composition;
        this.training = training;
        this.terminal = terminal;
    }

    /**
     * Where a run reads and writes; absolute and normalised, null: not given.
     *
     * @param out also set when the run goes on in the folder of the resumed one
     */
    record Places(Path out, Path metrics, Path resume, Path trace, Path tensorboard) {
        static Places of(Path out, Path metrics, Path resume, Path trace) {
            Path from = whole(resume);
            boolean inPlace = from != null && (out == null ? OutputFolder.holdsRun(from) : same(out, from));
            return new Places(inPlace ? from : whole(out), whole(metrics), from, whole(trace), null);
        }

        Places withTensorboard(Path folder) {
            return new Places(out, metrics, resume, trace, whole(folder));
        }

        /** Whether output goes to the folder of the resumed run. */
        boolean resumesInPlace() {
            return resume != null && resume.equals(out);
        }

        private static Path whole(Path path) {
            return path == null ? null : path.toAbsolutePath().normalize();
        }

        private static boolean same(Path a, Path b) {
            try {
                return Files.isSameFile(a, b);
            } catch (IOException _) {
                return false;
            }
        }
    }

    /**
     * What becomes of ranks that are lost.
     *
     * @param limits how long the others, and the launcher, wait
     * @param maxRestarts as {@link RunSpec.Attempts#maxRestarts}
     * @param spares as {@link RunSpec.Attempts#spares}
     */
    record Losses(SupervisionLimits limits, int maxRestarts, NodeLoss nodeLoss, int spares) {}

    /**
     * What does not concern the configuration.
     *
     * @param threads compute threads of a rank; 0: each node decides
     * @param metricsPort as {@link RunSpec.Output#metricsPort}
     * @param traceSteps as {@link RunSpec.Output#traceSteps}
     * @param words the command line, for run.json
     */
    record Options(
            Nodes nodes,
            int threads,
            Binding binding,
            Places places,
            int metricsPort,
            String traceSteps,
            Losses losses,
            List<String> words) {
        Cluster cluster() {
            return nodes.cluster();
        }
    }

    /** Says what {@link #run} would start. */
    int dryRun(TrainRequest request, Options options) throws Exception {
        JvmSettings jvm = JvmSettings.current(composition.mainClass());
        Places places = options.places();
        checkPlaces(places, options.cluster().nodes().getFirst());
        RunPlan plan = training.planner().plan(request);
        String output = places.out() == null ? "a new folder in " + DEFAULT_PARENT : RunReports.shown(places.out());
        new DryRun(options.nodes(), plan, jvm.home().toString(), composition.agentWords())
                .lines(output)
                .forEach(terminal::summary);
        terminal.finish();
        return ExitCode.OK.code();
    }

    int run(TrainRequest request, Options options) throws Exception {
        JvmSettings jvm = JvmSettings.current(composition.mainClass());
        checkPlaces(options.places(), options.cluster().nodes().getFirst());
        RunPlan plan = training.planner().plan(request);
        if (options.cluster().nodes().stream().anyMatch(NodeSpec::inProcess)) {
            Preflight.check(SharedMemory.parent(), plan.shmBytes());
        }
        try (OutputFolder folder = claim(options.places(), plan.recipe())) {
            RunSpec spec = spec(plan, options, folder.path());
            record(folder, plan, spec, options);
            terminal.note("witan " + Version.current() + ": recipe " + plan.recipe() + ", "
                    + counted(request.worldSize(), "rank") + " on "
                    + counted(options.cluster().nodes().size(), "node") + ", output in "
                    + RunReports.shown(folder.path()));
            plan.lost().ifPresent(terminal::note);
            StatusFile status = new StatusFile(
                    folder,
                    request.worldSize(),
                    options.losses().maxRestarts(),
                    spec.output().metricsFile());
            FlightFile.removeAll(folder.path());
            Outcome outcome = supervise(jvm, spec, options, folder, status);
            int code = new RunReports(terminal, plan, spec, folder.path()).write(outcome);
            status.ended(code);
            terminal.finish();
            return code;
        }
    }

    /** @param first node of rank 0, which checks what it alone can see */
    private static void checkPlaces(Places places, NodeSpec first) {
        if (places.resume() != null && !Files.isDirectory(places.resume())) {
            throw new LaunchException(
                    ExitCode.CHECKPOINT,
                    "nothing to resume: " + RunReports.shown(places.resume()) + " is not a folder");
        }
        Path metrics = places.metrics();
        if (metrics != null && Files.exists(metrics) && places.resume() == null) {
            throw new LaunchException(
                    ExitCode.OUTPUT, "metrics file " + RunReports.shown(metrics) + " exists; name another one");
        }
        if (metrics != null && !Files.isDirectory(metrics.getParent())) {
            throw new LaunchException(
                    ExitCode.OUTPUT, "there is no folder for metrics file " + RunReports.shown(metrics));
        }
        if (places.trace() != null && first.inProcess()) {
            TraceFile.requireFree(places.trace());
        }
    }

    private static OutputFolder claim(Places places, String recipe) {
        if (places.resumesInPlace()) {
            return OutputFolder.resumed(places.resume());
        }
        if (places.out() != null) {
            return OutputFolder.named(places.out());
        }
        return OutputFolder.fresh(DEFAULT_PARENT.toAbsolutePath(), recipe, LocalDateTime.now());
    }

    private static RunSpec spec(RunPlan plan, Options options, Path folder) {
        Cluster cluster = options.cluster();
        Places places = options.places();
        Path metrics = places.metrics() == null ? folder.resolve(OutputFolder.METRICS) : places.metrics();
        return new RunSpec(
                HexFormat.of().toHexDigits(new SecureRandom().nextLong()),
                cluster.nodes().stream().map(NodeSpec::ranks).toList(),
                cluster.endpoints(),
                plan.config(),
                hash(plan.config()),
                new RunSpec.Processes(options.threads(), options.binding(), plan.heap(), plan.shmBytes()),
                new RunSpec.Output(
                        folder.toString(),
                        metrics.toString(),
                        options.metricsPort(),
                        places.trace() == null ? "" : places.trace().toString(),
                        options.traceSteps(),
                        places.tensorboard() == null
                                ? ""
                                : places.tensorboard()
                                        .resolve(folder.getFileName())
                                        .toString()),
                places.resume() == null ? "" : places.resume().toString(),
                new RunSpec.Attempts(
                        0,
                        options.losses().maxRestarts(),
                        cluster.timeout().toMillis(),
                        options.losses().spares()));
    }

    /** The first 64 bits of its SHA-256. */
    private static String hash(String config) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(config.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, Long.BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void record(OutputFolder folder, RunPlan plan, RunSpec spec, Options options) {
        RunRecord.Start start = new RunRecord.Start(
                Version.current(),
                spec.runId(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                options.words(),
                spec.configHash(),
                options.cluster().worldSize(),
                options.cluster().nodes().stream().map(NodeSpec::name).toList(),
                spec.resume(),
                Runtime.version().toString());
        folder.write(OutputFolder.CONFIG, plan.config());
        folder.record(plan.recipe(), start);
    }

    private Outcome supervise(JvmSettings jvm, RunSpec spec, Options options, OutputFolder folder, StatusFile status)
            throws InterruptedException {
        List<Member> members = new ArrayList<>();
        for (NodeSpec node : options.cluster().nodes()) {
            AgentLink agent = options.nodes().agentOf(node).orElseGet(() -> agent(node, jvm));
            members.add(new Member(new NodeJob(spec, members.size(), node.name()), agent));
        }
        Supervisor supervisor = new Supervisor(
                members,
                terminal,
                options.losses().limits(),
                ranks -> folder.writeJson(OutputFolder.RANKS, ranks),
                options.losses().nodeLoss());
        supervisor.tell(status);
        terminal.onBroken(() -> supervisor.interrupt(Signals.PIPE));
        Signals.handle(Signals.INT, supervisor::interrupt);
        Signals.handle(Signals.TERM, supervisor::interrupt);
        Signals.handle(Signals.HUP, supervisor::interrupt);
        return supervisor.run();
    }

    private AgentLink agent(NodeSpec node, JvmSettings jvm) {
        if (node.inProcess()) {
            return new NodeAgent(jvm, training.transport(), Preflight::check);
        }
        String home = node.home().isEmpty() ? jvm.home().toString() : node.home();
        return new RemoteAgent(node, composition.agentWords().at(home));
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
