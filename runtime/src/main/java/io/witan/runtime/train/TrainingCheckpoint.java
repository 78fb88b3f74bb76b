package io.witan.runtime.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.kernels.AdamWKernel;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.checkpoint.FileRecord;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.checkpoint.NamedTensor;
import io.witan.runtime.checkpoint.Staging;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.AssembledExperts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Saves and loads training state through a {@link CheckpointStore}. Files are by expert, so any number of ranks can load
 * what any other number saved. All ranks call the same methods together and fail together.
 */
public final class TrainingCheckpoint {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RankRuntime runtime;
    private final Identity identity;

    /** What a checkpoint must agree on with the run that loads it, and what is kept for people. */
    public record Identity(
            String model, String tokenizer, String data, String config, Sharding sharding, String createdBy) {
        /** @throws CheckpointException if the checkpoint is of another model, tokenizer or data */
        public void requireSame(Checkpoint checkpoint) {
            Manifest saved = checkpoint.manifest();
            requireSame(checkpoint.folder(), "model", model, saved.modelFingerprint());
            requireSame(checkpoint.folder(), "tokenizer", tokenizer, saved.tokenizerFingerprint());
            requireSame(checkpoint.folder(), "data", data, saved.dataFingerprint());
        }

        /** Model, tokenizer, data, and how experts are kept, in one text, for the vault. */
        public String run() {
            String same = model + "; tokenizer " + tokenizer + "; data " + data;
            return sharding == Sharding.WHOLE ? same : same + "; experts in slices";
        }

        private static void requireSame(Path folder, String what, String own, String saved) {
            if (!own.equals(saved)) {
                throw CheckpointException.otherRun(folder, what, own, saved);
            }
        }
    }

    public TrainingCheckpoint(RankRuntime runtime, Identity identity) {
        this.runtime = runtime;
        this.identity = identity;
    }

    /** What saved state must agree on with this run. */
    public Identity identity() {
        return identity;
    }

    /** Writes and publishes the active slot. @return the published folder, on every rank */
    public Path save(CheckpointStore store, TrainingState state, EngineState engine) {
        boolean lead = runtime.rank() == 0;
        RankMessages.all(runtime, () -> {
            if (lead) {
                store.prepare(engine.step());
            }
            return "";
        });
        List<FileRecord[]> written = new ArrayList<>(
                RankMessages.all(runtime, FileRecord[].class, () -> write(store.stage(engine.step()), state)));
        for (int l = 0; state.sharding() == Sharding.SLICED && l < state.moeLayerCount(); l++) {
            written.addAll(writeAssembled(store, state, engine.step(), l));
        }
        List<String> published = RankMessages.all(
                runtime, () -> lead ? publish(store, engine, written).toString() : "");
        return Path.of(published.getFirst());
    }

    private FileRecord[] write(Staging staging, TrainingState state) {
        List<FileRecord> files = new ArrayList<>();
        for (StateEntry entry : state.entries()) {
            ParameterSpec first = entry.tensors().getFirst();
            if (first.isExpert() && state.sharding() == Sharding.WHOLE) {
                String name = CheckpointNames.expertFile(first.layer(), first.expert());
                files.add(staging.write(name, tensors(entry, state.activeSlot())));
            } else if (!first.isExpert() && runtime.rank() == 0) {
                files.add(staging.write(CheckpointNames.DENSE_FILE, tensors(entry, state.activeSlot())));
            }
        }
        return files.toArray(FileRecord[]::new);
    }

    /** The experts of a layer of which ranks have slices, by their owners. */
    private List<FileRecord[]> writeAssembled(CheckpointStore store, TrainingState state, long step, int layer) {
        try (AssembledExperts assembled = AssembledExperts.gather(runtime, state, layer)) {
            return RankMessages.all(runtime, FileRecord[].class, () -> {
                List<FileRecord> files = new ArrayList<>();
                assembled
                        .experts()
                        .forEach((expert, whole) -> files.add(store.stage(step)
                                .write(
                                        CheckpointNames.expertFile(layer, expert),
                                        tensors(state.expert(layer, expert).tensors(), whole))));
                return files.toArray(FileRecord[]::new);
            });
        }
    }

    private Path publish(CheckpointStore store, EngineState engine, List<FileRecord[]> written) {
        List<FileRecord> files = written.stream().flatMap(Stream::of).toList();
        return store.publish(new Manifest(
                Manifest.FORMAT_VERSION,
                engine.step(),
                runtime.size(),
                identity.model(),
                identity.tokenizer(),
                identity.data(),
                identity.config(),
                JSON.valueToTree(engine),
                files,
                identity.createdBy()));
    }

    /**
     * Loads this rank's part into the active slot, after everything was checked on all ranks. If as many ranks saved it, their
     * owners are taken up, which layers have to follow; otherwise the state's own stay.
     *
     * @param declared every tensor of the model
     * @throws RuntimeException naming what does not fit; nothing is loaded then, on no rank
     */
    public EngineState load(Path path, TrainingState state, List<ParameterSpec> declared) {
        Checkpoint[] opened = new Checkpoint[1];
        try {
            RankMessages.all(runtime, () -> {
                opened[0] = Checkpoint.open(path);
                check(opened[0], declared);
                int[][] owners = owners(engine(opened[0]), state);
                opened[0].verifyFilesOf(declared.stream()
                        .filter(spec -> !spec.isExpert()
                                || state.sharding() == Sharding.SLICED
                                || owners[spec.layer()][spec.expert()] == runtime.rank())
                        .map(ParameterSpec::name)
                        .toList());
                return "";
            });
            EngineState engine = engine(opened[0]);
            state.own(owners(engine, state));
            RankMessages.all(runtime, () -> {
                for (StateEntry entry : state.entries()) {
                    read(opened[0], entry, state.activeSlot());
                }
                return "";
            });
            state.changed();
            engine.restoreUpdates(state);
            return engine;
        } finally {
            if (opened[0] != null) {
                opened[0].close();
            }
        }
    }

    private static void read(Checkpoint checkpoint, StateEntry entry, int slot) {
        if (entry.isWhole()) {
            tensors(entry, slot).forEach(tensor -> read(checkpoint, tensor));
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long bytes = entry.wholeCount() * Float.BYTES;
            AdamWKernel.State whole = new AdamWKernel.State(
                    arena.allocate(bytes, Long.BYTES),
                    arena.allocate(bytes, Long.BYTES),
                    arena.allocate(bytes, Long.BYTES));
            tensors(entry.tensors(), whole).forEach(tensor -> read(checkpoint, tensor));
            AdamWKernel.State part = entry.slot(slot);
            entry.take(whole.parameter(), part.parameter());
            entry.take(whole.firstMoment(), part.firstMoment());
            entry.take(whole.secondMoment(), part.secondMoment());
        }
    }

    /** Moments that the checkpoint does not have are 0. */
    private static void read(Checkpoint checkpoint, NamedTensor tensor) {
        if (checkpoint.has(tensor.name())) {
            checkpoint.read(tensor.name(), tensor.data());
        } else {
            tensor.data().fill((byte) 0);
        }
    }

    private static EngineState engine(Checkpoint checkpoint) {
        try {
            return EngineState.fromJson(checkpoint.manifest().engine().toString());
        } catch (IllegalArgumentException e) {
            throw CheckpointException.unreadable(checkpoint.folder(), e.getMessage());
        }
    }

    private int[][] owners(EngineState engine, TrainingState state) {
        if (engine.ranks() != runtime.size() || state.sharding() == Sharding.SLICED) {
            return state.owners();
        }
        state.requireFits(engine.owners());
        return engine.owners();
    }

    private void check(Checkpoint checkpoint, List<ParameterSpec> declared) {
        identity.requireSame(checkpoint);
        Map<String, long[]> shapes = new HashMap<>();
        boolean moments = checkpoint.hasOptimizerState();
        for (ParameterSpec spec : declared) {
            shapes.put(spec.name(), spec.shape());
            if (!moments) {
                continue;
            }
            shapes.put(CheckpointNames.firstMoment(spec.name()), spec.shape());
            shapes.put(CheckpointNames.secondMoment(spec.name()), spec.shape());
        }
        checkpoint.validate(shapes);
    }

    /** Completed steps of the checkpoint at a path, -1 if a store has none yet. */
    public static long newestStep(Path path) {
        if (Files.exists(path.resolve("manifest.json"))
                || new CheckpointStore(path).latest().isPresent()) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                return checkpoint.manifest().step();
            }
        }
        return -1;
    }

    private static List<NamedTensor> tensors(StateEntry entry, int slot) {
        return tensors(entry.tensors(), entry.slot(slot));
    }

    private static List<NamedTensor> tensors(List<ParameterSpec> specs, AdamWKernel.State state) {
        List<NamedTensor> tensors = new ArrayList<>();
        long offset = 0;
        for (ParameterSpec spec : specs) {
            long bytes = spec.count() * Float.BYTES;
            tensors.add(
                    new NamedTensor(spec.name(), spec.shape(), state.parameter().asSlice(offset, bytes)));
            tensors.add(new NamedTensor(
                    CheckpointNames.firstMoment(spec.name()),
                    spec.shape(),
                    state.firstMoment().asSlice(offset, bytes)));
            tensors.add(new NamedTensor(
                    CheckpointNames.secondMoment(spec.name()),
                    spec.shape(),
                    state.secondMoment().asSlice(offset, bytes)));
            offset += bytes;
        }
        return tensors;
    }
}
