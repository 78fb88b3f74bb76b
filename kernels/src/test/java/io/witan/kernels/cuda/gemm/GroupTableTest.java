package io.witan.kernels.cuda.gemm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.cuda.TestDevice;
import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GroupTableTest {
    private static final int[] OFFSETS = {0, 5, 5, 300, 428, 429};

    private static MemorySegment[] segments(Arena arena, int count) {
        MemorySegment[] segments = new MemorySegment[count];
        Arrays.setAll(segments, g -> g == 1 ? null : arena.allocate(4));
        return segments;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment copied(Device device, Arena arena, long address, long bytes) {
        MemorySegment host = arena.allocate(bytes, 8);
        device.copyOut(MemorySegment.ofAddress(address).reinterpret(bytes), host, bytes);
        return host;
    }

    private static int[] list(Device device, Arena arena, GroupTable table, int ints) {
        return copied(device, arena, table.listAddress(), 4L * ints).toArray(JAVA_INT);
    }

    @Test
    void tilesHaveRowsOfOneGroup() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            GroupTable table = new GroupTable(device);
            MemorySegment[] w = segments(arena, 5);
            table.begin(OFFSETS);
            table.addresses(1, w);
            table.listTiles(128);
            table.upload();
            assertThat(table.listed()).isEqualTo(6);
            assertThat(list(device, arena, table, 12)).containsExactly(0, 0, 2, 5, 2, 133, 2, 261, 3, 300, 4, 428);
            assertThat(copied(device, arena, table.offsetsAddress(), 24).toArray(JAVA_INT))
                    .containsExactly(OFFSETS);
            assertThat(copied(device, arena, table.columnAddress(1), 40).toArray(JAVA_LONG))
                    .containsExactly(w[0].address(), 0, w[2].address(), w[3].address(), w[4].address());
            assertThat(table.address(1, 3)).isEqualTo(w[3].address());
            assertThat(table.address(0, 3)).isZero();
            assertThat(table.rows()).isEqualTo(429);
        }
    }

    @Test
    void groupsThatChangeComeWithMostRowsFirst() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            GroupTable table = new GroupTable(device);
            table.begin(OFFSETS);
            table.addresses(0, segments(arena, 5));
            table.listGroups(0, 0);
            table.upload();
            assertThat(list(device, arena, table, table.listed())).containsExactly(2, 3, 0, 4);
            MemorySegment[] all = new MemorySegment[5];
            Arrays.fill(all, arena.allocate(4));
            table.begin(OFFSETS);
            table.addresses(0, all);
            table.listGroups(0, 0.5f);
            table.upload();
            assertThat(list(device, arena, table, table.listed())).containsExactly(2, 3, 0, 4, 1);
            table.listGroups(0, 1);
            assertThat(table.listed()).isEqualTo(4);
        }
    }

    @Test
    void growsAndKeepsWhatWasWritten() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            GroupTable table = new GroupTable(device);
            table.begin(new int[] {0, 1});
            table.listTiles(128);
            table.upload();
            table.begin(new int[] {0, 1_000_000});
            table.addresses(0, new MemorySegment[] {MemorySegment.ofAddress(77)});
            table.listTiles(64);
            table.upload();
            assertThat(table.listed()).isEqualTo(15625);
            int[] list = list(device, arena, table, 2 * 15625);
            assertThat(list[2 * 15624 + 1]).isEqualTo(15624 * 64);
            assertThat(copied(device, arena, table.columnAddress(0), 8).toArray(JAVA_LONG))
                    .containsExactly(77);
        }
    }

    @Test
    void sharesOfAllGroupsAreNumbered() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            GroupTable table = new GroupTable(device);
            table.begin(OFFSETS);
            table.listNumbers(g -> 3 * ((table.rows(g) + 127) / 128));
            table.upload();
            assertThat(table.listed()).isEqualTo(18);
            assertThat(list(device, arena, table, 6)).containsExactly(0, 3, 3, 12, 15, 18);
        }
    }

    @Test
    void structuresComeFirst() {
        try (Device device = TestDevice.open();
                Arena arena = Arena.ofConfined()) {
            GroupTable table = new GroupTable(device, 256);
            MemorySegment[] w = segments(arena, 5);
            table.begin(OFFSETS);
            table.addresses(1, w);
            for (int g = 0; g < 5; g++) {
                table.structure(g, 8, 4).set(JAVA_INT, 0, 100 + g);
            }
            table.listTiles(1);
            table.upload();
            MemorySegment structures = copied(device, arena, table.structuresAddress(), 5 * 256);
            for (int g = 0; g < 5; g++) {
                assertThat(structures.get(JAVA_INT, 256L * g + 8)).isEqualTo(100 + g);
            }
            assertThat(table.structuresAddress() % 256).isZero();
            assertThat(copied(device, arena, table.columnAddress(1), 40).getAtIndex(JAVA_LONG, 4))
                    .isEqualTo(w[4].address());
            assertThat(table.address(1, 2)).isEqualTo(w[2].address());
            assertThat(table.listed()).isEqualTo(429);
        }
    }
}
