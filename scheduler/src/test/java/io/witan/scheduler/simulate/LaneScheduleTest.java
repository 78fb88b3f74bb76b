package io.witan.scheduler.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Schedules small enough to work out by hand. */
final class LaneScheduleTest {
    @Test
    void aLaneRunsOneTaskAtATimeInTheOrderInWhichTheyWereAdded() {
        LaneSchedule schedule = new LaneSchedule(1);
        int first = schedule.task(0, 3, 0);
        int second = schedule.task(0, 4, 0);
        assertThat(schedule.run()).isEqualTo(7);
        assertThat(schedule.finishNs(first)).isEqualTo(3);
        assertThat(schedule.finishNs(second)).isEqualTo(7);
        assertThat(schedule.busyNs(0)).isEqualTo(7);
    }

    @Test
    void tasksOnSeveralLanesRunBesideEachOther() {
        LaneSchedule schedule = new LaneSchedule(2);
        schedule.task(0, 3, 0);
        schedule.task(1, 4, 0);
        assertThat(schedule.run()).isEqualTo(4);
    }

    @Test
    void theMoreUrgentOfTwoReadyTasksGoesFirstButNothingIsInterrupted() {
        LaneSchedule schedule = new LaneSchedule(2);
        int running = schedule.task(0, 10, 0);
        int patient = schedule.task(0, 5, 0);
        int trigger = schedule.task(1, 4, 0);
        int urgent = schedule.task(0, 2, 1);
        schedule.after(urgent, trigger);
        assertThat(schedule.run()).isEqualTo(17);
        assertThat(schedule.finishNs(running)).isEqualTo(10);
        assertThat(schedule.finishNs(urgent)).isEqualTo(12);
        assertThat(schedule.finishNs(patient)).isEqualTo(17);
    }

    @Test
    void aJoinEndsWithTheLastOfItsTasksAndADelayLater() {
        LaneSchedule schedule = new LaneSchedule(2);
        int join = schedule.join();
        schedule.after(join, schedule.task(0, 3, 0));
        schedule.after(join, schedule.task(1, 8, 0));
        int delay = schedule.delay(5);
        schedule.after(delay, join);
        int last = schedule.task(0, 1, 0);
        schedule.after(last, delay);
        assertThat(schedule.run()).isEqualTo(14);
        assertThat(schedule.finishNs(join)).isEqualTo(8);
        assertThat(schedule.finishNs(last)).isEqualTo(14);
    }

    @Test
    void whatBecomesReadyInTheSameNanosecondIsStartedByUrgency() {
        LaneSchedule schedule = new LaneSchedule(3);
        int one = schedule.task(1, 6, 0);
        int two = schedule.task(2, 6, 0);
        int patient = schedule.task(0, 1, 0);
        int urgent = schedule.task(0, 1, 1);
        schedule.after(patient, one);
        schedule.after(urgent, two);
        schedule.run();
        assertThat(schedule.finishNs(urgent)).isEqualTo(7);
        assertThat(schedule.finishNs(patient)).isEqualTo(8);
    }

    @Test
    void aCircleAndABadTaskAreRefused() {
        LaneSchedule schedule = new LaneSchedule(1);
        int a = schedule.task(0, 1, 0);
        int b = schedule.task(0, 1, 0);
        schedule.after(a, b);
        schedule.after(b, a);
        assertThatThrownBy(schedule::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("2 of 2 tasks");
        LaneSchedule other = new LaneSchedule(1);
        assertThatThrownBy(() -> other.task(1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> other.task(0, -1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
