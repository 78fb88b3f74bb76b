package io.witan.models.huggingface;

import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.huggingface.values.EncodedValues;
import io.witan.models.huggingface.values.NoisyValues;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.models.huggingface.values.Values;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.checkpoint.Dtype;
import io.witan.runtime.checkpoint.FileRecord;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.checkpoint.StagedFolder;
import io.witan.runtime.checkpoint.Staging;
import io.witan.runtime.checkpoint.StreamedTensor;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.routing.Mixed;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.EngineState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes a run's output folder of a model's files: a checkpoint of step 0 without moments, the recipe that begins with it, the tokenizer, and
 * what is needed to write the same files again. Values pass one after the other from mapped files to files, so memory does not grow with
 * the model.
 */
public final class ModelImport implements AutoCloseable {
    /** Name of the recipe in the folder. */
    public static final String RECIPE = "recipe.yaml";

    private static final String TOKENIZER = "tokenizer";
    private static final String CHECKPOINTS = "checkpoints";
    private static final String ORIGIN = "convert";

    private final ModelFiles files;
    private final ModelFamily family;
    private final Options options;
    private final Recipe recipe;
    private final int vocabulary;
    private final Map<String, List<MappedTensor>> sources;

    /**
     * What is not in the files.
     *
     * @param seqLen positions of a training sequence; 0: as many as the model has, at most 1024
     * @param upcycling for a dense model only
     * @param createdBy product and version
     */
    public record Options(int seqLen, Optional<Upcycling> upcycling, String createdBy) {}

    /**
     * Experts made of one FFN (sparse upcycling, Komatsuzaki et al. 2023).
     *
     * @param experts copies of it in each layer
     * @param topK of them that a token takes
     * @param noise each copy's values are multiplied by 1 + noise n, n standard normal; 0: exact copies
     * @param seed of noise and routers
     */
    public record Upcycling(int experts, int topK, double noise, long seed) {}

    private ModelImport(ModelFiles files, Options options) {
        this.files = files;
        this.family = ModelFamilies.of(files);
        this.options = options;
        requireUpcycling();
        this.recipe = Recipes.bind(settings().setText("data.tokenizer", TokenizerFiles.name(files.folder()), ORIGIN));
        GptMoeConfig model = recipe.model();
        this.vocabulary = model.vocabSize();
        requireTensorsFor(model);
        TokenizerFiles.requireFits(files.folder(), vocabulary);
        List<MappedTensor> tensors = family.tensors(model, vocabulary);
        this.sources = tensors.stream()
                .collect(Collectors.groupingBy(MappedTensor::own, LinkedHashMap::new, Collectors.toList()));
        tensors.forEach(files::values);
        files.requireOnly(tensors.stream().map(MappedTensor::name).collect(Collectors.toSet()));
    }

    /** Whether a folder has a model's files. */
    public static boolean isModel(Path folder) {
        return ModelFiles.isModel(folder);
    }

    /**
     * Opens and checks a model's files. Nothing is written yet.
     *
     * @throws HuggingFaceException if they cannot be used: file and field or tensor
     * @throws io.witan.runtime.checkpoint.CheckpointException if a safetensors file is broken
     * @throws io.witan.runtime.config.ConfigException if the options do not fit
     */
    public static ModelImport open(Path folder, Options options) {
        ModelFiles files = ModelFiles.open(folder.toAbsolutePath().normalize());
        try {
            return new ModelImport(files, options);
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    private void requireUpcycling() {
        if (family.hasExperts() && options.upcycling.isPresent()) {
            throw HuggingFaceException.of(
                    files.folder().resolve(ModelFiles.CONFIG), family.architecture() + " has experts already");
        }
        if (!family.hasExperts() && options.upcycling.isEmpty()) {
            throw HuggingFaceException.of(
                    files.folder().resolve(ModelFiles.CONFIG),
                    family.architecture() + " is a dense model; --upcycle EXPERTS makes experts of its FFN");
        }
    }

    /** Before they are listed one by one. */
    private void requireTensorsFor(GptMoeConfig model) {
        long experts = family.hasExperts() ? model.experts() : 1;
        if (model.layers() > files.tensorCount() / experts) {
            throw HuggingFaceException.of(
                    files.folder().resolve(ModelFiles.CONFIG),
                    "says " + model.layers() + " layers" + (family.hasExperts() ? " of " + experts + " experts" : "")
                            + ", but the files have " + files.tensorCount() + " tensors");
        }
    }

    private ConfigTree settings() {
        ConfigFields config = files.config();
        String positions = family.positionsField(config);
        int most = config.count(positions);
        if (options.seqLen > most) {
            throw config.bad(positions, "at least the " + options.seqLen + " positions asked for");
        }
        ConfigTree tree = family.settings(config, ConfigTree.empty());
        tree = tree.set("model.seq_len=" + (options.seqLen > 0 ? options.seqLen : Math.min(most, 1024)), ORIGIN);
        if (options.upcycling.isPresent()) {
            Upcycling upcycling = options.upcycling.get();
            tree = tree.set("model.experts=" + upcycling.experts, ORIGIN);
            tree = tree.set("model.top_k=" + upcycling.topK, ORIGIN);
        }
        return tree.set("data.documents=400", ORIGIN)
                .set("train.lr=1e-5", ORIGIN)
                .set("train.min_lr=1e-6", ORIGIN);
    }

    /** The model, for people. */
    public String description() {
        return family.architecture() + " of " + files.format().word() + ": " + recipe.fingerprint(vocabulary);
    }

    /**
     * Writes the folder.
     *
     * @param to does not exist
     * @throws HuggingFaceException if it does, or cannot be written; nothing stays then
     */
    public void write(Path to) {
        try (StagedFolder staged = StagedFolder.of(to)) {
            TokenizerFiles.copy(files.folder(), staged, TOKENIZER + "/");
            SourceLayout.keep(files, family.hasExperts(), staged);
            String config = placed(staged);
            staged.write(RECIPE, config.getBytes(StandardCharsets.UTF_8));
            writeCheckpoint(staged.folder().resolve(CHECKPOINTS), config);
            staged.publish();
        }
    }

    /** The recipe with the paths that its folder will have. */
    private String placed(StagedFolder staged) {
        ConfigTree tree = ConfigBinder.toTree(recipe);
        tree = tree.setText("checkpoint.init_from", staged.target().toString(), ORIGIN);
        if (!TokenizerFiles.name(files.folder()).equals(recipe.data().tokenizer())) {
            throw new IllegalStateException(
                    "tokenizer of another folder: " + recipe.data().tokenizer());
        }
        boolean own = recipe.data().tokenizer().equals(files.folder().toString());
        String tokenizer = own
                ? staged.target().resolve(TOKENIZER).toString()
                : recipe.data().tokenizer();
        return tree.setText("data.tokenizer", tokenizer, ORIGIN).toYaml();
    }

    private void writeCheckpoint(Path folder, String config) {
        CheckpointStore store = new CheckpointStore(folder);
        store.prepare(0);
        Staging staging = store.stage(0);
        List<ParameterSpec> declared = GptMoeTensors.declare(recipe.model(), vocabulary);
        List<FileRecord> written = new ArrayList<>();
        Map<String, List<StreamedTensor>> byFile = new LinkedHashMap<>();
        for (ParameterSpec spec : declared) {
            String file = spec.isExpert()
                    ? CheckpointNames.expertFile(spec.layer(), spec.expert())
                    : CheckpointNames.DENSE_FILE;
            byFile.computeIfAbsent(file, _ -> new ArrayList<>())
                    .add(new StreamedTensor(
                            spec.name(), Dtype.F32, spec.shape(), new EncodedValues(values(spec), NumberFormat.F32)));
        }
        byFile.forEach((file, tensors) -> written.add(staging.stream(file, tensors)));
        EngineState engine = new EngineState(
                0,
                1,
                Map.of(),
                new int[recipe.model().layers()][recipe.model().experts()],
                List.of(),
                0,
                null,
                0,
                null,
                null,
                null);
        store.publish(new Manifest(
                Manifest.FORMAT_VERSION,
                0,
                1,
                recipe.fingerprint(vocabulary),
                recipe.tokenizerFingerprint(),
                recipe.openData().fingerprint(),
                config,
                ModelFiles.JSON.valueToTree(engine),
                written,
                options.createdBy));
    }

    private Values values(ParameterSpec spec) {
        List<MappedTensor> parts = sources.get(spec.name());
        if (parts == null) {
            return initial(spec);
        }
        // Of learned positions a run may have fewer than the model.
        Values joined =
                Values.joined(parts.stream().map(files::values).toList()).part(0, spec.count());
        double noise = options.upcycling.map(Upcycling::noise).orElse(0.0);
        return spec.isExpert() && noise > 0
                ? new NoisyValues(
                        joined,
                        noise,
                        Mixed.bits(options.upcycling.get().seed, spec.name().hashCode()))
                : joined;
    }

    /** What a dense model does not have: the routers. */
    private Values initial(ParameterSpec spec) {
        MemorySegment values = Arena.ofAuto().allocate(spec.count() * Float.BYTES, Float.BYTES);
        new NormalInitializer(options.upcycling.orElseThrow().seed).fill(spec, values);
        return Values.stored(values, Dtype.F32);
    }

    @Override
    public void close() {
        files.close();
    }
}
