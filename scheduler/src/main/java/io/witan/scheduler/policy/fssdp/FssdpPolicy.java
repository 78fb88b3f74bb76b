package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.Arrays;
import java.util.List;

/**
 * FSSDP ({@code fssdp}, Hecate): copies by predicted load from one pool of memory over all layers, owners by re-sharding, and, if
 * switched on, copies after the gate. Without a prediction nothing is copied before the gate.
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
        List<Placement> wide = copies.plan(input.owners(), input.predictedLoad());
        return new StepPlacement(wide, keeps(wide));
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

    @Override
    public boolean decidesAfterGate() {
        return lateRoom > 0;
    }

    @Override
    public Placement afterGate(int layer, Placement planned, Placement wide, int[][] counts) {
        boolean keeps = settings.retention() == PolicySettings.Retention.KEEP;
        return new GateCalibration(
                        settings.topology(),
                        copies.model(layer),
                        keeps ? LayerTime::exposedReduceNs : LayerTime::exposedRegatherNs)
                .extend(planned, wide, counts, lateRoom);
    }
}
