package io.witan.runtime.train.recovery;

import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.VaultCommit;
import io.witan.runtime.vault.VaultException;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The vaults that earlier starts of a run left, those in which ranks go on among them, and the newest step that all ranks of one such start
 * hold. As many ranks as that start had take it up where it lies; others get their parts of it from the ranks that can read them.
 */
public final class VaultRecovery implements AutoCloseable {
    private static final Set<VaultException.Reason> KEPT =
            EnumSet.of(VaultException.Reason.IN_USE, VaultException.Reason.IO, VaultException.Reason.JVM_FLAGS);

    private final RankRuntime runtime;
    private final TrainingState state;
    private final VaultFolder folder;
    private final String run;
    private final List<VaultSource> sources = new ArrayList<>();
    /** Vaults that may be whole though they could not be opened: they stay. */
    private final List<VaultFile> busy = new ArrayList<>();

    private final Findings all = new Findings();
    /** What this rank opens, copies only if they are wanted. */
    private List<VaultFile> left = List.of();

    private Optional<WholeStep> taken = Optional.empty();

    private VaultRecovery(RankRuntime runtime, TrainingState state, VaultFolder folder, String run) {
        this.runtime = runtime;
        this.state = state;
        this.folder = folder;
        this.run = run;
    }

    /**
     * Opens all vaults of the folder that are no copies, each on a rank that sees it; every checksum is compared.
     *
     * @param own in which this rank goes on
     * @param run that steps must be of, as {@code TrainingCheckpoint.Identity} tells it
     */
    public static VaultRecovery open(
            RankRuntime runtime, TrainingState state, VaultFolder folder, VaultMemory own, String run) {
        VaultRecovery recovery = new VaultRecovery(runtime, state, folder, run);
        try {
            recovery.look(own);
            return recovery;
        } catch (RuntimeException | Error e) {
            recovery.close();
            throw e;
        }
    }

    private void look(VaultMemory own) {
        // Every rank's own vault is there: state is allocated by all ranks or none.
        List<LeftFiles.Seen> seen = RankMessages.all(
                runtime,
                LeftFiles.Seen.class,
                () -> new LeftFiles.Seen(folder.goesOnInMemory(runtime.size(), runtime.rank()), folder.files()));
        left = LeftFiles.of(runtime.rank(), seen);
        Findings mine = new Findings();
        add(VaultSource.own(own, runtime.size(), runtime.rank(), run), mine);
        gather(mine, kind -> kind == VaultFile.Kind.OWN);
    }

    /** Adds what vaults of a kind hold, and tells all ranks. */
    private void gather(Findings mine, Predicate<VaultFile.Kind> wanted) {
        RankMessages.all(runtime, Findings.class, () -> {
                    left.stream().filter(file -> wanted.test(file.kind())).forEach(file -> open(file, mine));
                    return mine;
                })
                .forEach(all::add);
    }

    private void open(VaultFile file, Findings mine) {
        try {
            add(VaultSource.open(folder, file, run), mine);
        } catch (VaultException e) {
            report(mine, file.kind(), new Findings.Problem(file.ranks(), file.rank(), e.getMessage()));
            if (KEPT.contains(e.reason())) {
                busy.add(file);
            }
        } catch (IllegalArgumentException e) {
            report(
                    mine,
                    file.kind(),
                    new Findings.Problem(file.ranks(), file.rank(), "cannot be read: " + e.getMessage()));
            busy.add(file);
        }
    }

    private void add(VaultSource source, Findings mine) {
        sources.add(source);
        List<Holding> holdings = source.holdings(runtime.rank());
        mine.holdings().addAll(holdings);
        if (holdings.isEmpty()) {
            report(mine, source.kind(), new Findings.Problem(source.ranks(), source.rank(), source.report()));
        }
    }

    private static void report(Findings mine, VaultFile.Kind kind, Findings.Problem problem) {
        if (kind == VaultFile.Kind.OWN) {
            mine.problems().add(problem);
        }
    }

    /**
     * Takes up the newest step that is whole, and its owners or, on another number of ranks, even ones. Layers have to follow them.
     *
     * @param known step of the newest checkpoint, -1 if there is none
     * @return the engine's state at that step; empty if there is none that is newer than the checkpoint
     */
    public Optional<EngineState> recover(long known) {
        taken = WholeStep.newest(all.holdings(), runtime.size(), known);
        if (taken.isEmpty() || all.loss(taken.get().step()).isPresent()) {
            gather(new Findings(), kind -> kind != VaultFile.Kind.OWN);
            taken = WholeStep.newest(all.holdings(), runtime.size(), known);
        }
        return taken.map(step -> step.isInPlace(runtime.size()) ? takeUpInPlace(step) : takeUp(step));
    }

    private EngineState takeUpInPlace(WholeStep step) {
        SavedStep own = here(step).get(runtime.rank());
        EngineState engine = own.commit().engine();
        state.activate(own.slot(), engine.owners(), own.commit().slots());
        engine.restoreUpdates(state);
        return engine;
    }

    private EngineState takeUp(WholeStep step) {
        Map<Integer, SavedStep> here = here(step);
        EngineState saved = EngineState.fromJson(RankMessages.all(
                        runtime,
                        () -> step.holdings().getFirst().at() == runtime.rank()
                                ? here.get(0).commit().engine().toJson()
                                : "")
                .get(step.holdings().getFirst().at()));
        if (saved.ranks() == runtime.size()) {
            state.own(saved.owners());
        }
        state.activate(slotBeside(step, here), state.owners(), state.expertSlots());
        new StateTransfer(runtime, state, step, here, saved.owners()).run();
        saved.restoreUpdates(state);
        EngineState own = saved.ranks() == runtime.size() ? saved : saved.onOtherRanks(runtime.size(), state.owners());
        RankMessages.all(runtime, () -> {
            state.commit(own.step(), new VaultCommit(run, own, state.expertSlots()).toBytes());
            return "";
        });
        return saved;
    }

    /** A slot of the vault in which this rank goes on that holds nothing which is read meanwhile. */
    private int slotBeside(WholeStep step, Map<Integer, SavedStep> here) {
        boolean readsOwn =
                step.holdings().stream().anyMatch(holding -> holding.own() && holding.at() == runtime.rank());
        return readsOwn ? 1 - here.get(runtime.rank()).slot() : 0;
    }

    /** What this rank reads of a step, by the rank whose it is. */
    private Map<Integer, SavedStep> here(WholeStep step) {
        Map<Integer, SavedStep> here = new HashMap<>();
        for (Holding holding : step.holdings()) {
            if (holding.at() == runtime.rank()) {
                sources.stream()
                        .flatMap(source -> source.find(holding).stream())
                        .findFirst()
                        .ifPresent(found -> here.put(holding.rank(), found));
            }
        }
        return here;
    }

    /** Where the step is from that was taken up, for people; empty if it lay where it was left. */
    public Optional<String> origin() {
        return taken.filter(step -> !step.isInPlace(runtime.size()))
                .map(step -> (step.hasCopies() ? "from vaults and copies of vaults of " : "from the vaults of ")
                        + step.ranks()
                        + (step.ranks() == 1 ? " rank" : " ranks"));
    }

    /**
     * Why a newer step than the one that was taken up is of no use, for people: the vault that it lacks.
     *
     * @param step that was taken up, -1: none
     */
    public Optional<String> loss(long step) {
        return all.loss(step);
    }

    /**
     * What this rank found of earlier starts that is of no use once this one keeps its own: it was taken up by all ranks, or state that is as
     * new. Copies that as many ranks made are not among it: they stay until there are newer ones.
     *
     * @param step that was taken up
     */
    public List<VaultFile> spent(long step) {
        return left.stream().filter(file -> isSpent(file, step)).toList();
    }

    private boolean isSpent(VaultFile file, long step) {
        boolean isUsed = taken.isPresent() && taken.get().ranks() == file.ranks();
        boolean isOld = isUsed || all.newest(file.ranks()) <= step;
        boolean isCopy = file.kind() != VaultFile.Kind.OWN && file.ranks() == runtime.size();
        return isOld && !isCopy && !busy.contains(file);
    }

    @Override
    public void close() {
        sources.forEach(VaultSource::close);
        sources.clear();
    }
}
