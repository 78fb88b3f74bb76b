package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FaultTest {
    @Test
    void shouldRoundTripAndCutLongMessages() {
        MemorySegment memory = Arena.ofAuto().allocate(Fault.MAX_ENCODED_BYTES, 8);
        Fault fault = new Fault(812, 1, FaultKind.DEADLINE, 2, 3, 4, "x\u00e9\n".repeat(1000));
        int length = fault.encode(memory);

        assertThat(length).isEqualTo(Fault.MAX_ENCODED_BYTES);
        assertThat(Fault.decode(memory, 0, length)).isEqualTo(fault);
        assertThat(fault.message()).startsWith("x??x??");
        assertThat(Fault.decode(memory, 0, length - 1)).isNull();
        assertThat(Fault.decode(memory, 0, 3)).isNull();
    }

    @Test
    void shouldPreferTheEarliestOperationThenTheMostTellingKind() {
        Fault mismatch = new Fault(5, 0, FaultKind.MISMATCH, 0, 2, 2, "a");
        Fault lost = new Fault(5, 0, FaultKind.PEER_LOST, 0, 1, 1, "b");
        Fault firstPhase = new Fault(5, 0, FaultKind.DEADLINE, 0, 2, 2, "c");
        Fault secondPhase = new Fault(5, 0, FaultKind.DEADLINE, 1, 0, 0, "d");
        Fault later = new Fault(6, 0, FaultKind.MISMATCH, 0, 0, 0, "e");
        Fault idle = Fault.idle(FaultKind.PEER_LOST, 0, 0, "f");

        assertThat(Stream.of(idle, later, secondPhase, firstPhase, lost, mismatch)
                        .sorted())
                .isEqualTo(List.of(mismatch, lost, firstPhase, secondPhase, later, idle));
    }
}
