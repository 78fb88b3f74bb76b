package io.witan.collectives;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Forms further groups of some ranks of one. Thread safe. */
final class Subgroups {
    private final Origin origin;
    /** How many groups of the same ranks have met; all members count alike. */
    private final Map<List<Integer>, Long> met = new ConcurrentHashMap<>();

    Subgroups(Origin origin) {
        this.origin = origin;
    }

    CommunicatorGroup form(List<Integer> ranks) {
        List<Integer> members = origin.members().chosen(ranks);
        long serial = met.getOrDefault(members, 0L);
        CommunicatorGroup group = meet(origin.members().only(members, serial));
        met.merge(members, 1L, Long::sum);
        return group;
    }

    private CommunicatorGroup meet(Members members) {
        try {
            return origin.others().apply(members);
        } catch (CollectiveException unmet) {
            if (unmet.kind() != CollectiveException.Kind.RENDEZVOUS) {
                throw unmet;
            }
            // Members who name different ranks look for each other in different groups.
            throw new CollectiveException(
                    unmet.kind(),
                    unmet.rank(),
                    unmet.worldRank(),
                    unmet.getMessage() + "; all members must name the same ranks");
        }
    }

    List<Integer> without(List<Integer> lost) {
        return origin.members().without(lost);
    }
}
