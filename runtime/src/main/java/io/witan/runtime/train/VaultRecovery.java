package io.witan.runtime.train;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.vault.ExpertVault.RecoveredStep;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the newest step that the vaults of all ranks hold whole. */
public final class VaultRecovery {
    private VaultRecovery() {}

    /**
     * Takes up that step if it is newer than what is known otherwise. All ranks call it together.
     *
     * @param whole this rank's whole steps
     * @param known step of the newest checkpoint, -1 if there is none
     * @return the engine's state at that step; empty if the vaults have nothing newer in common
     */
    public static Optional<EngineState> recover(
            RankRuntime runtime, TrainingState state, List<RecoveredStep> whole, long known) {
        List<RecoveredStep> own = whole.stream()
                .filter(step -> engine(step).ranks() == runtime.size())
                .toList();
        String text = own.stream().map(step -> Long.toString(step.step())).collect(Collectors.joining(" "));
        List<String> all = RankMessages.exchange(runtime, text);
        for (RecoveredStep candidate : own) {
            String wanted = Long.toString(candidate.step());
            boolean everywhere = all.stream()
                    .allMatch(steps -> Arrays.asList(steps.split(" ")).contains(wanted));
            if (candidate.step() > known && everywhere) {
                EngineState engine = engine(candidate);
                state.activate(candidate.slot());
                engine.restoreUpdates(state);
                return Optional.of(engine);
            }
        }
        return Optional.empty();
    }

    private static EngineState engine(RecoveredStep step) {
        return EngineState.fromJson(new String(step.engineState(), StandardCharsets.UTF_8));
    }
}
