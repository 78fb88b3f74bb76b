package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerWatchTest {
    private static final long BEAT = 100_000_000L;
    private final PeerWatch watch = new PeerWatch(new World(1, 0, 3, 2, 0, 20 * BEAT), 0);

    @Test
    void shouldMissAPeerThatFallsSilent() {
        watch.heard(1);
        watch.heard(2);
        for (int beat = 1; beat <= 10; beat++) {
            watch.look(beat * BEAT);
            watch.heard(2);
        }
        assertThat(watch.silentPeer()).isEqualTo(-1);
        watch.look(11 * BEAT);

        assertThat(watch.silentPeer()).isEqualTo(1);
        watch.markGone(1);
        assertThat(watch.silentPeer()).isEqualTo(-1);
    }

    @Test
    void shouldNotBlamePeersForItsOwnPause() {
        watch.heard(1);
        watch.look(600 * BEAT);

        assertThat(watch.silentPeer()).isEqualTo(-1);
    }

    @Test
    void shouldNotMissAPeerThatHasNotComeYet() {
        for (int beat = 1; beat <= 100; beat++) {
            watch.look(beat * BEAT);
        }
        assertThat(watch.silentPeer()).isEqualTo(-1);
    }
}
