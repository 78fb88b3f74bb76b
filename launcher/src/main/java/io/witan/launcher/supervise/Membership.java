package io.witan.launcher.supervise;

import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Which nodes a run has, which of them are lost until the next restart, and which have ended. One thread. */
final class Membership {
    private final List<Member> members;
    private final Set<Integer> ended = new HashSet<>();
    /** Whose agents are gone and come again with the next restart, or are left behind then. */
    private final Set<Integer> lost = new HashSet<>();
    /** Those without which the others go on at the next restart. */
    private final Set<Member> leaving = new LinkedHashSet<>();

    private RunSpec run;

    /** @param members in rank order */
    Membership(List<Member> members) {
        this.members = new ArrayList<>(members);
        this.run = members.getFirst().job().run();
    }

    /** Hears of ranks that are left behind. */
    @FunctionalInterface
    interface Left {
        /** @param first by the numbers that ranks have after those that were told before */
        void ranks(int first, int count);
    }

    /** As it is since the last restart. */
    RunSpec run() {
        return run;
    }

    /** Those that were not left behind, in rank order. */
    List<Member> members() {
        return members;
    }

    IntStream ranksOf(Member member) {
        int first = run.firstRank(members.indexOf(member));
        return IntStream.range(first, first + member.job().ranks());
    }

    /** No rank of it will be heard of again. */
    void end(Member member) {
        ended.add(member.job().node());
    }

    /** Those that are lost do not come again. */
    void endLost() {
        ended.addAll(lost);
    }

    boolean isAnyEnded() {
        return !ended.isEmpty();
    }

    boolean areAllEnded() {
        return ended.size() >= members.size();
    }

    /** Its agent is gone, and comes again with the next restart. */
    void lose(Member member) {
        lost.add(member.job().node());
    }

    /** Whether one more may be left behind, so that one is there at least. */
    boolean mayLeave() {
        return leaving.size() + 1 < members.size();
    }

    /** Its agent is gone, and the others go on without it at the next restart. */
    void leave(Member member) {
        leaving.add(member);
        lose(member);
    }

    /** As a message names them. */
    String whoGoesOn() {
        int left = members.stream()
                .filter(member -> !leaving.contains(member))
                .mapToInt(member -> member.job().ranks())
                .sum();
        return leaving.isEmpty() ? "all ranks" : "the other " + left + " of " + run.worldSize() + " ranks";
    }

    /** From now on ranks have other numbers, but for those before the first that is lost. Returns whether any were left behind. */
    boolean leaveBehind(Left left) {
        boolean any = !leaving.isEmpty();
        for (Member member : leaving) {
            int node = members.indexOf(member);
            left.ranks(run.firstRank(node), member.job().ranks());
            run = run.without(node);
            members.remove(node);
        }
        leaving.clear();
        return any;
    }

    /** All that are not left behind begin the next attempt. */
    void again(Set<Integer> silent) {
        lost.clear();
        run = run.again();
        for (int node = 0; node < members.size(); node++) {
            Member member = members.get(node);
            member.agent().goOn(new NodeJob(run, node, member.job().name()), silent);
        }
    }
}
