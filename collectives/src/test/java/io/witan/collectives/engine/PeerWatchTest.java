package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerWatchTest {
    private static final long SECOND = 1_000_000_000L;
    private final PeerWatch watch = new PeerWatch(new World(1, 0, 3, 2, 0, 20 * SECOND), 0);

    @Test
    void shouldMissAPeerThatFallsSilent() {
        watch.heard(1);
        watch.heard(2);
        for (int second = 1; second <= 10; second++) {
            watch.look(second * SECOND);
            watch.heard(2);
        }
        assertThat(watch.silentPeer()).isEqualTo(-1);
        watch.look(11 * SECOND);

        assertThat(watch.silentPeer()).isEqualTo(1);
        watch.markGone(1);
        assertThat(watch.silentPeer()).isEqualTo(-1);
    }

    @Test
    void shouldNotBlamePeersForItsOwnPause() {
        watch.heard(1);
        watch.look(600 * SECOND);

        assertThat(watch.silentPeer()).isEqualTo(-1);
    }

    @Test
    void shouldNotMissAPeerThatHasNotComeYet() {
        for (int second = 1; second <= 100; second++) {
            watch.look(second * SECOND);
        }
        assertThat(watch.silentPeer()).isEqualTo(-1);
    }
}
