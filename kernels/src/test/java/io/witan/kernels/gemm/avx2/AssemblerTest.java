package io.witan.kernels.gemm.avx2;

import static io.witan.kernels.gemm.avx2.Register.R10;
import static io.witan.kernels.gemm.avx2.Register.R11;
import static io.witan.kernels.gemm.avx2.Register.R8;
import static io.witan.kernels.gemm.avx2.Register.RAX;
import static io.witan.kernels.gemm.avx2.Register.RCX;
import static io.witan.kernels.gemm.avx2.Register.RDI;
import static io.witan.kernels.gemm.avx2.Register.RDX;
import static io.witan.kernels.gemm.avx2.Register.RSI;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Bytes against what GNU objdump reads in them. */
class AssemblerTest {
    @Test
    void encodesVectorInstructions() {
        check("vmovups 0x0(%rdx),%ymm3", "c4e17c105a00", c -> c.load(3, Address.at(RDX, 0)));
        check(
                "vmovups 0xc(%r11,%rsi,2),%ymm13",
                "c4417c106c730c", c -> c.load(13, Address.at(R11, RSI, 2).plus(12)));
        check(
                "vmovups %ymm9,0x3e8(%r8,%r10,4)",
                "c4017c118c90e8030000", c -> c.store(Address.at(R8, R10, 4).plus(1000), 9));
        check("vbroadcastss 0x0(%rax,%rsi,1),%ymm2", "c4e27d18543000", c -> c.broadcast(2, Address.at(RAX, RSI, 1)));
        check("vfmadd231ps %ymm1,%ymm2,%ymm15", "c4626db8f9", c -> c.multiplyAdd(15, 2, 1));
        check("vfmadd231ps %ymm9,%ymm12,%ymm4", "c4c21db8e1", c -> c.multiplyAdd(4, 12, 9));
        check("vmulps %ymm10,%ymm9,%ymm8", "c4413459c2", c -> c.multiply(8, 9, 10));
        check(
                "vaddps 0x20(%rcx,%r8,2),%ymm6,%ymm7",
                "c4a14c587c4120", c -> c.add(7, 6, Address.at(RCX, R8, 2).plus(32)));
        check("vxorps %ymm14,%ymm14,%ymm14", "c4410c57f6", c -> c.zero(14));
        check("vunpcklps %ymm1,%ymm0,%ymm8", "c4617c14c1", c -> c.interleaveLow(8, 0, 1));
        check("vunpckhps %ymm11,%ymm10,%ymm9", "c4412c15cb", c -> c.interleaveHigh(9, 10, 11));
        check("vshufps $0xee,%ymm10,%ymm8,%ymm1", "c4c13cc6caee", c -> c.shuffle(1, 8, 10, 0xEE));
        check("vperm2f128 $0x31,%ymm4,%ymm0,%ymm12", "c4637d06e431", c -> c.halves(12, 0, 4, 0x31));
        check("vzeroupper", "c5f877", Assembler::zeroUpper);
    }

    @Test
    void encodesAddressesAndCounts() {
        check("mov 0x8(%rdi),%rax", "488b4708", c -> c.load(RAX, Address.at(RDI, 8)));
        check("mov %r11,0x12c(%rdi)", "4c899f2c010000", c -> c.store(Address.at(RDI, 300), R11));
        check("lea 0x0(%rax,%rsi,2),%r11", "4c8d5c7000", c -> c.address(R11, Address.at(RAX, RSI, 2)));
        check("lea 0x0(%rcx,%r10,2),%rcx", "4a8d4c5100", c -> c.address(RCX, Address.at(RCX, R10, 2)));
        check("add %rsi,%r11", "4901f3", c -> c.add(R11, RSI));
        check("add %r8,%rax", "4c01c0", c -> c.add(RAX, R8));
        check("add $0x100,%rdx", "4881c200010000", c -> c.add(RDX, 256));
        check("add $0x10,%r11", "4981c310000000", c -> c.add(R11, 16));
        check("dec %r10", "49ffca", c -> c.decrement(R10));
        check("dec %rcx", "48ffc9", c -> c.decrement(RCX));
        check("decq 0x38(%rdi)", "48ff4f38", c -> c.decrement(Address.at(RDI, 56)));
        check("test %r10,%r10", "4d85d2", c -> c.test(R10));
        check("test %rax,%rax", "4885c0", c -> c.test(RAX));
        check("prefetcht0 0x0(%rcx,%r8,2)", "420f184c4100", c -> c.prefetch(Address.at(RCX, R8, 2)));
        check("prefetcht0 0x40(%r8)", "410f184840", c -> c.prefetch(Address.at(R8, 64)));
    }

    @Test
    void jumpsBackAndForth() {
        check("0: vzeroupper; jne 0", "c5f877" + "0f85f7ffffff", code -> {
            Assembler.Label start = code.here();
            code.zeroUpper();
            code.ifNotZero(start);
        });
        check("je 9; vzeroupper; 9: ret", "0f8403000000" + "c5f877" + "c3", code -> {
            Assembler.Jump end = code.skipIfZero();
            code.zeroUpper();
            code.land(end);
            code.returnToCaller();
        });
    }

    private static void check(String disassembled, String bytes, Consumer<Assembler> instruction) {
        Assembler assembler = new Assembler();
        instruction.accept(assembler);
        assertThat(HexFormat.of().formatHex(assembler.code())).as(disassembled).isEqualTo(bytes);
    }
}
