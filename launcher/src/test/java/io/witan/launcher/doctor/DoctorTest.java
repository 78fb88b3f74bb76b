package io.witan.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.doctor.NativeProbe.Finding;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DoctorTest {
    private static final Path SHM = Path.of("/dev/shm");
    private static final Facts.Platform PLATFORM = new Facts.Platform("Linux", "amd64", 25, "25.0.3 (X)", true);
    private static final Facts.Storage STORAGE = storage(8 * Sizes.GIB);
    private static final Facts GOOD = new Facts(
            PLATFORM,
            STORAGE,
            new Facts.Sockets(4 * Sizes.MIB, 4 * Sizes.MIB),
            new Facts.Memory(8, 32 * Sizes.GIB, Long.MAX_VALUE),
            new Finding(Finding.State.FOUND, "1 x H100"),
            new Finding(Finding.State.FOUND, "OpenBLAS"),
            new Finding(Finding.State.FOUND, "3 families"));

    private static Facts.Storage storage(long shmFree) {
        return new Facts.Storage(SHM, 16 * Sizes.GIB, shmFree, true, List.of(), 100 * Sizes.GIB);
    }

    private static Check.Status status(Check check) {
        if (check.status() != Check.Status.OK) {
            assertThat(check.mend()).as("%s", check).isNotBlank();
        }
        return check.status();
    }

    @Test
    void aGoodMachineHasNoWarning() {
        List<Check> checks = Doctor.examine(GOOD);
        assertThat(checks).allMatch(check -> check.status() == Check.Status.OK);
        assertThat(Doctor.verdict(checks)).isEqualTo(ExitCode.OK);
        assertThat(Doctor.table(checks))
                .contains(
                        "OK    shared memory   /dev/shm: 8.0 GiB free of 16 GiB; ranks may share up to 4.0 GiB of it");
    }

    @Test
    void aFailedCheckDecidesTheVerdictAndIsMended() {
        Facts bad = new Facts(
                PLATFORM,
                storage(Sizes.MIB),
                GOOD.sockets(),
                GOOD.memory(),
                GOOD.gpu(),
                GOOD.matrixProducts(),
                GOOD.fonts());
        List<Check> checks = Doctor.examine(bad);
        assertThat(Doctor.verdict(checks)).isEqualTo(ExitCode.ENVIRONMENT);
        assertThat(Doctor.table(checks))
                .contains("FAIL  shared memory   /dev/shm: 1 MiB free of 16 GiB")
                .contains("to mend: mount -o remount,size=2g /dev/shm");
    }

    @Test
    void eachCheckHasItsLimits() {
        assertThat(status(Doctor.platform(new Facts.Platform("Mac OS X", "aarch64", 25, "25", true))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.java(new Facts.Platform("Linux", "amd64", 17, "17", true))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.java(new Facts.Platform("Linux", "amd64", 25, "25", false))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.sharedMemory(storage(500 * Sizes.MIB)))).isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.leftovers(List.of(SHM.resolve("witan-1-x"))))).isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.sockets(new Facts.Sockets(212_992, 4 * Sizes.MIB))))
                .isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.sockets(new Facts.Sockets(-1, -1)))).isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.cores(new Facts.Memory(1, 1, 1)))).isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.memory(new Facts.Memory(2, 32 * Sizes.GIB, 2 * Sizes.GIB))))
                .isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.memory(new Facts.Memory(2, 512 * Sizes.MIB, Long.MAX_VALUE))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.disk(new Facts.Storage(SHM, 1, 1, true, List.of(), Sizes.MIB))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.disk(new Facts.Storage(SHM, 1, 1, true, List.of(), Sizes.GIB))))
                .isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.matrixProducts(new Finding(Finding.State.BROKEN, "x"))))
                .isEqualTo(Check.Status.FAIL);
        assertThat(status(Doctor.gpu(new Finding(Finding.State.ABSENT, "no driver"))))
                .isEqualTo(Check.Status.OK);
        assertThat(status(Doctor.gpu(new Finding(Finding.State.BROKEN, "cuInit 100"))))
                .isEqualTo(Check.Status.WARN);
        assertThat(status(Doctor.fonts(new Finding(Finding.State.ABSENT, "none"))))
                .isEqualTo(Check.Status.WARN);
    }

    @Test
    void preflightRefusesTooLittleSharedMemoryInOneLine() {
        assertThatCode(() -> Preflight.judge(PLATFORM, storage(64 * Sizes.MIB), 64 * Sizes.MIB))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> Preflight.judge(PLATFORM, storage(63 * Sizes.MIB), 64 * Sizes.MIB))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageStartingWith("/dev/shm has 63 MiB free, this run needs 64 MiB; to mend: ")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> Preflight.check(Path.of("/nowhere/shm"), 1))
                .hasMessageStartingWith("shared memory: /nowhere/shm is not there");
    }

    @Test
    void halfOfWhatARunLeavesMayBeShared() {
        assertThat(Preflight.sparedBytes(storage(64 * Sizes.MIB), 32 * Sizes.MIB))
                .isEqualTo(16 * Sizes.MIB);
        assertThat(Preflight.sparedBytes(storage(32 * Sizes.MIB), 32 * Sizes.MIB))
                .isZero();
        assertThat(Preflight.sparedBytes(storage(0), 32 * Sizes.MIB)).isZero();
    }

    @Test
    void thisMachineCanBeRead() {
        Facts facts = FactsReader.read(Path.of("/dev/shm"));
        assertThat(facts.memory().cores()).isPositive();
        assertThat(facts.memory().usableBytes()).isGreaterThan(Sizes.MIB);
        assertThat(facts.platform().javaFeature()).isEqualTo(25);
        assertThat(facts.matrixProducts().detail()).containsAnyOf("OpenBLAS", "AVX2");
        assertThat(facts.sockets().receiveMaxBytes())
                .as("the whole number, not its first digit")
                .satisfiesAnyOf(bytes -> assertThat(bytes).isGreaterThan(2000), bytes -> assertThat(bytes)
                        .isEqualTo(-1));
    }
}
