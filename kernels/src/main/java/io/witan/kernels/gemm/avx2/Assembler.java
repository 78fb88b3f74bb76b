package io.witan.kernels.gemm.avx2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The few x86-64 instructions that the kernels need, encoded as in the Intel 64 manual, volume 2. Vector registers are the
 * numbers 0 to 15 of ymm registers.
 */
final class Assembler {
    private static final int CAPACITY = 1 << 14;
    /** Opcode maps. */
    private static final int MAP_0F = 1;

    private static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;
    /** Mandatory prefixes. */
    private static final int NONE = 0;

    private static final int OPERAND_66 = 1;
    private static final int REX_W = 0x48;
    private static final int SIB_FOLLOWS = 4;

    private final ByteBuffer code = ByteBuffer.allocate(CAPACITY).order(ByteOrder.LITTLE_ENDIAN);

    /** A place in the code to jump back to. */
    record Label(int position) {}

    /** A forward jump whose target is not known yet. */
    record Jump(int end) {}

    byte[] code() {
        byte[] bytes = new byte[code.position()];
        code.get(0, bytes);
        return bytes;
    }

    // Vectors of eight floats.

    void load(int to, Address from) {
        vector(MAP_0F, NONE, 0x10, to, 0, from);
    }

    void store(Address to, int from) {
        vector(MAP_0F, NONE, 0x11, from, 0, to);
    }

    /** All lanes of {@code to} become the float at {@code from}. */
    void broadcast(int to, Address from) {
        vector(MAP_0F38, OPERAND_66, 0x18, to, 0, from);
    }

    /** sum += a * b. */
    void multiplyAdd(int sum, int a, int b) {
        vector(MAP_0F38, OPERAND_66, 0xB8, sum, a, b);
    }

    void multiply(int to, int a, int b) {
        vector(MAP_0F, NONE, 0x59, to, a, b);
    }

    void add(int to, int a, Address b) {
        vector(MAP_0F, NONE, 0x58, to, a, b);
    }

    void zero(int register) {
        vector(MAP_0F, NONE, 0x57, register, register, register);
    }

    /** In each half of four: a0 b0 a1 b1. */
    void interleaveLow(int to, int a, int b) {
        vector(MAP_0F, NONE, 0x14, to, a, b);
    }

    /** In each half of four: a2 b2 a3 b3. */
    void interleaveHigh(int to, int a, int b) {
        vector(MAP_0F, NONE, 0x15, to, a, b);
    }

    /** In each half of four: two floats of a, two of b, chosen by two bits each, the lowest first. */
    void shuffle(int to, int a, int b, int choice) {
        vector(MAP_0F, NONE, 0xC6, to, a, b);
        bytes(choice);
    }

    /** Two halves of four, chosen by the low two bits and by bits 4 and 5: 0 and 1 are those of a, 2 and 3 those of b. */
    void halves(int to, int a, int b, int choice) {
        vector(MAP_0F3A, OPERAND_66, 0x06, to, a, b);
        bytes(choice);
    }

    /** Spares what follows the cost of mixing old and new vector instructions; before every return. */
    void zeroUpper() {
        bytes(0xC5, 0xF8, 0x77);
    }

    // Addresses and counts.

    void load(Register to, Address from) {
        wide(0x8B, to.number, from);
    }

    void store(Address to, Register from) {
        wide(0x89, from.number, to);
    }

    void address(Register to, Address of) {
        wide(0x8D, to.number, of);
    }

    void add(Register to, Register from) {
        bytes(REX_W | from.high() << 2 | to.high(), 0x01, 0xC0 | from.low() << 3 | to.low());
    }

    void add(Register to, int value) {
        bytes(REX_W | to.high(), 0x81, 0xC0 | to.low());
        code.putInt(value);
    }

    /** Sets the condition of {@link #ifNotZero} and {@link #skipIfZero}. */
    void decrement(Register register) {
        bytes(REX_W | register.high(), 0xFF, 0xC8 | register.low());
    }

    /** As {@link #decrement(Register)}, of a 64-bit number in memory. */
    void decrement(Address number) {
        wide(0xFF, 1, number);
    }

    /** Sets the condition of {@link #skipIfZero}. */
    void test(Register register) {
        bytes(REX_W | register.high() << 2 | register.high(), 0x85, 0xC0 | register.low() << 3 | register.low());
    }

    void prefetch(Address address) {
        bytes(0x40 | address.indexHigh() << 1 | address.base().high(), 0x0F, 0x18);
        operand(1, address);
    }

    // Control.

    Label here() {
        return new Label(code.position());
    }

    void ifNotZero(Label target) {
        bytes(0x0F, 0x85);
        code.putInt(target.position - (code.position() + Integer.BYTES));
    }

    Jump skipIfZero() {
        bytes(0x0F, 0x84);
        code.putInt(0);
        return new Jump(code.position());
    }

    /** Lets a jump end here. */
    void land(Jump jump) {
        code.putInt(jump.end - Integer.BYTES, code.position() - jump.end);
    }

    void returnToCaller() {
        bytes(0xC3);
    }

    // Encoding.

    private void vector(int map, int prefix, int opcode, int register, int second, Address address) {
        vex(map, prefix, register, second, address.indexHigh(), address.base().high());
        bytes(opcode);
        operand(register & 7, address);
    }

    private void vector(int map, int prefix, int opcode, int register, int second, int third) {
        vex(map, prefix, register, second, 0, third >> 3);
        bytes(opcode, 0xC0 | (register & 7) << 3 | (third & 7));
    }

    /** The three-byte prefix of 256-bit instructions; its register bits are inverted. */
    private void vex(int map, int prefix, int register, int second, int indexHigh, int baseHigh) {
        bytes(
                0xC4,
                (1 ^ register >> 3) << 7 | (1 ^ indexHigh) << 6 | (1 ^ baseHigh) << 5 | map,
                (15 ^ second) << 3 | 1 << 2 | prefix);
    }

    private void wide(int opcode, int register, Address address) {
        bytes(
                REX_W
                        | (register >> 3) << 2
                        | address.indexHigh() << 1
                        | address.base().high(),
                opcode);
        operand(register & 7, address);
    }

    /** ModRM, SIB if there is an index, and a displacement of one or four bytes. No base here is rsp, rbp, r12 or r13. */
    private void operand(int register, Address address) {
        boolean small = address.displacement() == (byte) address.displacement();
        int mode = (small ? 1 : 2) << 6 | register << 3;
        if (address.index() == null) {
            bytes(mode | address.base().low());
        } else {
            int scale = Integer.numberOfTrailingZeros(address.scale());
            bytes(
                    mode | SIB_FOLLOWS,
                    scale << 6 | address.index().low() << 3 | address.base().low());
        }
        if (small) {
            bytes(address.displacement());
        } else {
            code.putInt(address.displacement());
        }
    }

    private void bytes(int... values) {
        for (int value : values) {
            code.put((byte) value);
        }
    }
}
