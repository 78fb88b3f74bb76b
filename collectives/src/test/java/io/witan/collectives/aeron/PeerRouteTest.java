package io.witan.collectives.aeron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerRouteTest {
    @AfterEach
    void clear() {
        System.clearProperty(PeerRoute.DATAGRAM_PROPERTY);
    }

    @ParameterizedTest
    @CsvSource({
        "1500, false, 1472",
        "1500, true, 1440",
        "1450, false, 1408",
        "9000, false, 8960",
        "65536, false, 65504",
        "2147483647, false, 65504",
        "576, false, 1024"
    })
    void shouldFillTheMtu(int mtu, boolean ipv6, int datagram) {
        assertThat(PeerRoute.fitting(mtu, ipv6)).isEqualTo(datagram);
    }

    @Test
    void shouldFindTheLoopback() {
        assertThat(PeerRoute.datagramBytes("127.0.0.1:40500")).isEqualTo(PeerRoute.LARGEST_DATAGRAM_BYTES);
    }

    @Test
    void shouldBeCarefulWithAHostThatItCannotFind() {
        assertThat(PeerRoute.datagramBytes("no.such.host.invalid:40500")).isEqualTo(1408);
    }

    @Test
    void shouldTakeTheLengthThatIsSet() {
        System.setProperty(PeerRoute.DATAGRAM_PROPERTY, "8200");

        assertThat(PeerRoute.datagramBytes("127.0.0.1:40500")).isEqualTo(8192);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000", "65505", "jumbo", "-1", ""})
    void shouldRefuseALengthThatCannotBe(String chosen) {
        System.setProperty(PeerRoute.DATAGRAM_PROPERTY, chosen);

        assertThatThrownBy(() -> PeerRoute.datagramBytes("127.0.0.1:40500"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("-Dwitan.network.datagram=" + chosen + " is not a length in 1024..65504 bytes");
    }
}
