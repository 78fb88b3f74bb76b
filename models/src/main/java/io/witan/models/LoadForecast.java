package io.witan.models;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/** What ranks compute if every rank's tokens are spread over experts alike, and go to the nearest holders as training sends them. */
final class LoadForecast {
    private final Topology topology;

    LoadForecast(Topology topology) {
        this.topology = topology;
    }

    /**
     * A source that holds an expert computes its own assignments; else holders of its node share them, else all.
     *
     * @param perSource assignments of one rank's tokens to each expert
     * @return assignments that each rank computes
     */
    double[] received(Placement wide, double[] perSource) {
        double[] received = new double[topology.rankCount()];
        for (int e = 0; e < perSource.length; e++) {
            int[] holders = wide.holders(e);
            int[] ofNode = new int[topology.nodeCount()];
            for (int holder : holders) {
                ofNode[topology.nodeOf(holder)]++;
            }
            double far = 0;
            for (int node = 0; node < ofNode.length; node++) {
                far += ofNode[node] == 0 ? topology.rankCount(node) : 0;
            }
            for (int holder : holders) {
                int node = topology.nodeOf(holder);
                double near = (double) topology.rankCount(node) / ofNode[node];
                received[holder] += perSource[e] * (near + far / holders.length);
            }
        }
        return received;
    }
}
