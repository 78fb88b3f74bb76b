package io.witan.models;

import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.config.IntOrAuto;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.profile.CostProfiler;
import io.witan.runtime.profile.KeptCosts;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.step.PredictedStep;
import io.witan.scheduler.step.StepModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds what a recipe leaves to the run: costs, t and m, the same on all ranks. They are saved beside the run's state, so that a resumed
 * run with as many ranks goes on with them. All ranks call its methods together, between steps.
 */
final class OpenNumbers {
    private static final String FILE = "found.yaml";
    private static final String PART = "found.yaml.part";
    private static final double MEGABYTE = 1e6;

    private final Recipe recipe;
    private final ModelInstance<?, ?> instance;
    private final RankRuntime runtime;
    private final Path profiles;
    private final ProfiledLayer layer;
    private final RunProfile profile;
    private final PipelineChoice pipeline;
    private final GradientChoice gradients;
    private ParallelConfig found;
    private String origin = "";

    /**
     * @param profiles file of costs that earlier runs measured; null: none
     */
    OpenNumbers(Recipe recipe, ModelInstance<?, ?> instance, Path profiles) {
        this.recipe = recipe;
        this.instance = instance;
        this.runtime = instance.runtime();
        this.profiles = profiles;
        this.layer = new ProfiledLayer(recipe, instance);
        this.profile = new RunProfile(layer, profiles);
        this.pipeline = new PipelineChoice(layer, profile);
        this.gradients = new GradientChoice(layer, profile);
        this.found = recipe.parallel();
    }

    /** Section {@code parallel} with the numbers that are found. */
    ParallelConfig found() {
        return found;
    }

    /** What pipeline degrees and windows of gradients go by. */
    RunProfile profile() {
        return profile;
    }

    /** What finds pipeline degrees. */
    PipelineChoice pipeline() {
        return pipeline;
    }

    /** With the numbers that are found; empty without a profile. */
    Optional<PredictedStep> predictedStep() {
        return profile.known().map(costs -> StepModel.predict(layer.stepWork(costs, found)));
    }

    /** What was found and where it is from, for people. */
    List<String> description() {
        List<String> lines = new ArrayList<>();
        numbers().ifPresent(lines::add);
        lines.addAll(profile.description());
        pipeline.description().ifPresent(lines::add);
        gradients.description().ifPresent(lines::add);
        return lines;
    }

    private Optional<String> numbers() {
        if (origin.isEmpty()) {
            return Optional.empty();
        }
        List<String> numbers = new ArrayList<>();
        if (recipe.parallel().areCopiesOpen()) {
            numbers.add(String.format(
                    Locale.ROOT,
                    "copies: t = %d, m = %d",
                    found.overlapDegree().get(),
                    found.memoryCapacity().get()));
            found.costs().ifPresent(costs -> numbers.add(costs.describe()));
        }
        if (recipe.parallel().pipeline().isAuto() && pipeline.description().isEmpty()) {
            PipelineDegrees degrees = found.pipeline().degrees();
            numbers.add(String.format(
                    Locale.ROOT, "pipeline: r = %d forward, %d backward", degrees.forward(), degrees.backward()));
        }
        if (recipe.parallel().gradients().isOpen() && gradients.description().isEmpty()) {
            long bytes = found.gradients().windows().orElseThrow().totalBytes();
            numbers.add(String.format(Locale.ROOT, "gradients: %.2f MB travel in backward", bytes / MEGABYTE));
        }
        return numbers.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", numbers) + " (" + origin + ")");
    }

    /** Takes up what a run with as many ranks had, where the recipe leaves it open. @param from as it is resumed */
    void takeUp(Path from) {
        if (!found.isOpen()) {
            return;
        }
        String text = RankMessages.all(runtime, () -> runtime.rank() == 0 ? saved(from) : "")
                .getFirst();
        if (!text.isEmpty()) {
            ParallelConfig before = Recipes.bind(ConfigTree.parse(text, FILE)).parallel();
            if (!before.isOpen() && (before.costs().isPresent() || !found.needsCosts())) {
                GradientConfig windows = before.gradients().isPlanned() ? before.gradients() : found.gradients();
                settle(before.costs(), before.overlapDegree(), before.memoryCapacity(), before.pipeline(), windows);
                origin = "as before";
            }
        }
    }

    private static String saved(Path from) {
        Path file = from.resolve(FILE);
        try {
            return Files.exists(file)
                    ? Files.readString(file)
                    : TrainedModel.config(from).toYaml();
        } catch (CheckpointException | ConfigException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Measures what is still open. */
    void find() {
        if (!found.isOpen()) {
            return;
        }
        Optional<MeasuredCosts> costs = found.costs();
        if (origin.isEmpty()) {
            origin = runtime.size() == 1 && !found.areCopiesOpen() ? "one rank has nothing to overlap" : "measured";
        }
        if (found.needsCosts() && costs.isEmpty()) {
            costs = Optional.of(costs());
        }
        IntOrAuto degree = found.overlapDegree();
        IntOrAuto capacity = found.memoryCapacity();
        if (found.areCopiesOpen()) {
            LayerPolicy policy = new LayerPolicy(
                    recipe, new GptFamily(recipe).moe(), runtime.topology(), instance.assignmentBytes());
            degree = degree.isAuto() ? IntOrAuto.of(policy.overlapDegree(costs.orElseThrow())) : degree;
            capacity = capacity.isAuto() ? IntOrAuto.of(capacity()) : capacity;
        }
        PipelineConfig degrees =
                found.pipeline().isAuto() ? found.pipeline().with(pipeline.degrees()) : found.pipeline();
        GradientConfig windows = found.gradients().isOpen()
                ? GradientConfig.planned(gradients.windows(degrees.degrees()))
                : found.gradients();
        settle(costs, degree, capacity, degrees, windows);
    }

    private void settle(
            Optional<MeasuredCosts> costs,
            IntOrAuto degree,
            IntOrAuto capacity,
            PipelineConfig degrees,
            GradientConfig windows) {
        ParallelConfig open = recipe.parallel();
        found = open.found(
                open.costs().or(() -> costs),
                open.overlapDegree().isAuto() ? degree : open.overlapDegree(),
                open.memoryCapacity().isAuto() ? capacity : open.memoryCapacity(),
                open.pipeline().isAuto() ? open.pipeline().with(degrees.degrees()) : open.pipeline(),
                open.gradients().isOpen() ? windows : open.gradients());
        if (open.memoryCapacity().isAuto() && open.areCopiesOpen()) {
            instance.reserveRelays(found.relaysPerLayer());
        }
    }

    private MeasuredCosts costs() {
        KeptCosts<MeasuredCosts> kept = new KeptCosts<>(runtime, profiles, MeasuredCosts.class, layer.shapes());
        MeasuredCosts earlier = kept.get();
        if (earlier != null) {
            origin = "measured by an earlier run";
            return earlier;
        }
        StepArena.Mark mark = runtime.arena().mark();
        MeasuredCosts measured =
                new CostProfiler(runtime, layer.work(), layer.experts(), layer.expertBytes()).measure();
        runtime.arena().release(mark);
        kept.put(measured);
        return measured;
    }

    private int capacity() {
        CopyCapacity capacity = new CopyCapacity(recipe, runtime.topology(), recipe.vocabularySize());
        return RankMessages.all(runtime, () -> Integer.toString(capacity.ofThisRank(runtime.rank()))).stream()
                .mapToInt(Integer::parseInt)
                .min()
                .orElseThrow();
    }

    /** Saves what was found, if anything was open. @param out folder of the run */
    void save(Path out) {
        RankMessages.all(runtime, () -> {
            if (runtime.rank() == 0 && !origin.isEmpty()) {
                write(out);
            }
            return "";
        });
    }

    private void write(Path out) {
        try {
            Files.createDirectories(out);
            Files.writeString(
                    out.resolve(PART), ConfigBinder.toTree(recipe.with(found)).toYaml());
            Files.move(
                    out.resolve(PART),
                    out.resolve(FILE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(out.resolve(FILE) + ": cannot be written: " + e.getMessage(), e);
        }
    }
}
