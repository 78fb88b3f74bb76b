package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * FSSDP ({@code fssdp}, Hecate): copies by predicted load from one pool of memory over all layers, owners by re-sharding, and, if
 * switched on, copies after the gate. Without a prediction, which is a run's first step, all copies wait for the gate.
 */
public final class FssdpPolicy implements PlacementPolicy {
    /** With calibration one in so many copies of a layer's even share is set aside for it, at least one. */
    private static final int SET_ASIDE = 4;

    private final PolicySettings settings;
    private final LayerCopies copies;
    private final OwnerChange ownerChange;
    private final int lateRoom;
    private final int pool;

    public FssdpPolicy(PolicySettings settings) {
        this.settings = settings;
        this.lateRoom = lateRoom(settings);
        this.pool = settings.memoryPool() - lateRoom * settings.layers().size();
        this.copies = new LayerCopies(settings, pool);
        this.ownerChange = new OwnerChange(settings, copies);
    }

    private static int lateRoom(PolicySettings settings) {
        int share = settings.evenShare();
        boolean calibrates = settings.calibration() == PolicySettings.Calibration.ON;
        return calibrates && share > 0 ? Math.max(1, share / SET_ASIDE) : 0;
    }

    @Override
    public StepPlacement place(StepInput input) {
        if (Arrays.stream(input.predictedLoad()).noneMatch(FssdpPolicy::isKnown)) {
            return unpredicted(input.owners());
        }
        List<Placement> wide = copies.plan(input.owners(), input.predictedLoad());
        return new StepPlacement(wide, keeps(wide), lateRoom > 0 ? Optional.of(this::calibrate) : Optional.empty());
    }

    private static boolean isKnown(long[] load) {
        return Arrays.stream(load).anyMatch(l -> l > 0);
    }

    /** The owners; each layer is planned after its gates, until one micro-batch has found copies worth making. */
    private StepPlacement unpredicted(List<Placement> owners) {
        boolean[] keeps = new boolean[owners.size()];
        Arrays.fill(keeps, settings.retention() != PolicySettings.Retention.RELEASE);
        int room =
                settings.retention() == PolicySettings.Retention.RELEASE ? settings.memoryPool() : settings.evenShare();
        StepPlacement.AfterGate planner = (layer, _, wide, counts) ->
                wide.copyCount() > 0 ? wide : copies.planLayer(layer, wide, LoadOrder.total(counts), room);
        return new StepPlacement(owners, keeps, room > 0 ? Optional.of(planner) : Optional.empty());
    }

    private boolean[] keeps(List<Placement> wide) {
        boolean[] keeps = new boolean[wide.size()];
        Arrays.fill(keeps, settings.retention() == PolicySettings.Retention.KEEP);
        return settings.retention() == PolicySettings.Retention.BY_MEMORY ? KeptLayers.choose(wide, pool) : keeps;
    }

    @Override
    public boolean looksAtOwners(long step) {
        return settings.looksAtOwners(step);
    }

    @Override
    public int[][] reshard(ReshardInput input) {
        return ownerChange.decide(input);
    }

    private Placement calibrate(int layer, Placement planned, Placement wide, int[][] counts) {
        boolean keeps = settings.retention() == PolicySettings.Retention.KEEP;
        return new GateCalibration(
                        settings.topology(),
                        copies.model(layer),
                        keeps ? LayerTime::exposedReduceNs : LayerTime::exposedRegatherNs)
                .extend(planned, wide, counts, lateRoom);
    }
}
