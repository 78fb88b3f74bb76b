package io.witan.runtime.moe.exchange.hop;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.Handle;
import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** When hops start, by operations that are done when a test says so. */
class HopsTest {
    private final List<String> started = new ArrayList<>();

    /** Done when told, or when it is waited for. */
    private static final class Told implements Handle {
        private boolean done;
        private boolean awaited;

        @Override
        public boolean isDone() {
            return done;
        }

        @Override
        public void await() {
            awaited = true;
            done = true;
        }
    }

    private Hop between(Hops hops, Hop before, String name, Told handle) {
        return hops.between(before, _ -> {
            started.add(name);
            return handle;
        });
    }

    private Hop inside(Hops hops, Hop before, String name, Told handle) {
        return hops.inside(before, _ -> {
            started.add(name);
            return handle;
        });
    }

    private static void withHops(Consumer<Hops> test) {
        Ranks.run(Topology.of(1), runtime -> {
            test.accept(new Hops(runtime, 0));
            return null;
        });
    }

    @Test
    void shouldSayThatRowsAreNotThereWhileAHopIsLeft() {
        withHops(hops -> {
            Told first = new Told();
            Told second = new Told();
            Hop crossing = between(hops, null, "cross", first);
            List<String> arrivals = new ArrayList<>();
            HopTransit transit =
                    new HopTransit(hops, inside(hops, crossing, "spread", second), () -> arrivals.add("arrived"));

            transit.poll();
            assertThat(transit.isReady()).isFalse();
            assertThat(started).containsExactly("cross");
            first.done = true;
            transit.poll();
            assertThat(transit.isReady()).isFalse();
            assertThat(started).containsExactly("cross", "spread");
            second.done = true;
            transit.poll();
            assertThat(transit.isReady()).isTrue();
            assertThat(arrivals).isEmpty();
            transit.await();
            transit.await();
            assertThat(arrivals).hasSize(1);
        });
    }

    /** Message 0 goes on while message 1 is between nodes. */
    @Test
    void shouldNotWaitForLaterMessages() {
        withHops(hops -> {
            Told later = new Told();
            Hop crossing = between(hops, null, "cross 0", new Told());
            Hop spreading = inside(hops, crossing, "spread 0", new Told());
            inside(hops, between(hops, null, "cross 1", later), "spread 1", new Told());

            hops.await(spreading);

            assertThat(started).containsExactly("cross 0", "cross 1", "spread 0");
            assertThat(later.awaited).isFalse();
        });
    }

    @Test
    void shouldStartTheHopsOfALaneInTheirOrderWhateverIsReadyFirst() {
        withHops(hops -> {
            Told slow = new Told();
            Told quick = new Told();
            inside(hops, between(hops, null, "cross 0", slow), "spread 0", new Told());
            Hop second = inside(hops, between(hops, null, "cross 1", quick), "spread 1", new Told());

            quick.done = true;
            hops.poll();
            assertThat(started).containsExactly("cross 0", "cross 1");
            hops.start(second);
            assertThat(slow.awaited).isTrue();
            assertThat(started).containsExactly("cross 0", "cross 1", "spread 0", "spread 1");
        });
    }
}
