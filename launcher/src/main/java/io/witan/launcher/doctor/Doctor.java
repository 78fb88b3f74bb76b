package io.witan.launcher.doctor;

import io.witan.launcher.exit.ExitCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Judges a machine by its {@link Facts}. */
public final class Doctor {
    private static final long SHM_COMFORT = Sizes.GIB;
    private static final long SOCKET_COMFORT = 2 * Sizes.MIB;
    private static final long MEMORY_NEEDED = Sizes.GIB;
    private static final long MEMORY_COMFORT = 4 * Sizes.GIB;
    private static final long DISK_NEEDED = 200 * Sizes.MIB;
    private static final long DISK_COMFORT = 2 * Sizes.GIB;

    private Doctor() {}

    /** All checks, in the order in which to mend them. */
    public static List<Check> examine(Facts facts) {
        List<Check> checks = new ArrayList<>();
        checks.add(platform(facts.platform()));
        checks.add(java(facts.platform()));
        checks.add(sharedMemory(facts.storage()));
        checks.add(leftovers(facts.storage().leftovers()));
        checks.add(sockets(facts.sockets()));
        checks.add(cores(facts.memory()));
        checks.add(memory(facts.memory()));
        checks.add(disk(facts.storage()));
        checks.add(matrixProducts(facts.matrixProducts()));
        checks.add(gpu(facts.gpu()));
        checks.add(fonts(facts.fonts()));
        return checks;
    }

    /** ENVIRONMENT if a check failed, else OK. */
    public static ExitCode verdict(List<Check> checks) {
        boolean failed = checks.stream().anyMatch(check -> check.status() == Check.Status.FAIL);
        return failed ? ExitCode.ENVIRONMENT : ExitCode.OK;
    }

    /** The table, with a line on how to mend under each check that is not OK. */
    public static String table(List<Check> checks) {
        int width =
                checks.stream().mapToInt(check -> check.name().length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (Check check : checks) {
            String name = check.name() + " ".repeat(width - check.name().length());
            text.append(String.format("%-4s  %s  %s%n", check.status(), name, check.found()));
            if (!check.mend().isEmpty()) {
                text.append(" ".repeat(width + 8))
                        .append("to mend: ")
                        .append(check.mend())
                        .append(System.lineSeparator());
            }
        }
        return text.toString();
    }

    static Check platform(Facts.Platform platform) {
        String found = platform.os() + " " + platform.arch();
        return platform.os().equals("Linux") && platform.arch().equals("amd64")
                ? Check.ok("platform", found)
                : Check.fail("platform", found, "use Linux on x86-64; nothing else is supported yet");
    }

    static Check java(Facts.Platform platform) {
        if (platform.javaFeature() != 25) {
            return Check.fail(
                    "Java", platform.javaVersion(), "install JDK 25 and point WITAN_JAVA_HOME or JAVA_HOME to it");
        }
        return platform.vectorModule()
                ? Check.ok("Java", platform.javaVersion())
                : Check.fail(
                        "Java", platform.javaVersion() + " without module jdk.incubator.vector", "use a full JDK 25");
    }

    static Check sharedMemory(Facts.Storage storage) {
        String name = "shared memory";
        String elsewhere = ", or set WITAN_SHM_DIR to another memory folder";
        String grow = "mount -o remount,size=2g " + storage.shm() + " (docker run --shm-size=2g)" + elsewhere;
        if (storage.shmTotalBytes() < 0) {
            return Check.fail(name, storage.shm() + " is not there", "mount a tmpfs there" + elsewhere);
        }
        String found = storage.shm() + ": " + Sizes.text(storage.shmFreeBytes()) + " free of "
                + Sizes.text(storage.shmTotalBytes()) + "; ranks may share up to "
                + Sizes.text(Preflight.sparedBytes(storage, Preflight.DEFAULT_SHM_BYTES)) + " of it";
        if (!storage.shmWritable()) {
            return Check.fail(name, found + ", not writable", "chmod 1777 " + storage.shm() + elsewhere);
        }
        if (storage.shmFreeBytes() < Preflight.DEFAULT_SHM_BYTES) {
            return Check.fail(name, found, grow);
        }
        return storage.shmFreeBytes() < SHM_COMFORT ? Check.warn(name, found, grow) : Check.ok(name, found);
    }

    static Check leftovers(List<Path> leftovers) {
        if (leftovers.isEmpty()) {
            return Check.ok("leftovers", "none in shared memory");
        }
        String names = leftovers.stream().map(Path::toString).collect(Collectors.joining(" "));
        return Check.warn("leftovers", leftovers.size() + " of killed runs", "the next run removes them: " + names);
    }

    static Check sockets(Facts.Sockets sockets) {
        long least = Math.min(sockets.receiveMaxBytes(), sockets.sendMaxBytes());
        if (least < 0) {
            return Check.warn("socket buffers", "not known", "check that /proc/sys/net/core is readable");
        }
        String found = "largest: receive " + Sizes.text(sockets.receiveMaxBytes()) + ", send "
                + Sizes.text(sockets.sendMaxBytes());
        return least < SOCKET_COMFORT
                ? Check.warn(
                        "socket buffers",
                        found + " (matters between nodes only)",
                        "sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304")
                : Check.ok("socket buffers", found);
    }

    static Check cores(Facts.Memory memory) {
        String found = Integer.toString(memory.cores());
        return memory.cores() < 2
                ? Check.warn("cores", found, "give it 2 or more: ranks and the transport share them")
                : Check.ok("cores", found);
    }

    static Check memory(Facts.Memory memory) {
        String found = Sizes.text(memory.usableBytes())
                + (memory.limitBytes() < memory.totalBytes() ? " (limit of the control group)" : "");
        if (memory.usableBytes() < MEMORY_NEEDED) {
            return Check.fail("memory", found, "give it 1 GiB at least, 4 GiB for comfort");
        }
        return memory.usableBytes() < MEMORY_COMFORT
                ? Check.warn("memory", found, "give it 4 GiB, or train with --ranks 1")
                : Check.ok("memory", found);
    }

    static Check disk(Facts.Storage storage) {
        if (storage.diskFreeBytes() < 0) {
            return Check.warn("disk", "not known", "check that the current folder is there and readable");
        }
        String found = Sizes.text(storage.diskFreeBytes()) + " free here";
        if (storage.diskFreeBytes() < DISK_NEEDED) {
            return Check.fail("disk", found, "free some space, or run where there is more (--out)");
        }
        return storage.diskFreeBytes() < DISK_COMFORT
                ? Check.warn("disk", found, "checkpoints of a big model may not fit; use --out elsewhere")
                : Check.ok("disk", found);
    }

    static Check matrixProducts(NativeProbe.Finding finding) {
        return finding.state() == NativeProbe.Finding.State.FOUND
                ? Check.ok("kernels", finding.detail())
                : Check.fail(
                        "kernels",
                        finding.detail(),
                        "rebuild with ./mvnw package; /tmp and memory must allow executable code");
    }

    static Check gpu(NativeProbe.Finding finding) {
        return switch (finding.state()) {
            case FOUND -> Check.ok("GPU", finding.detail() + "; --set parallel.device=cuda trains on it");
            case ABSENT -> Check.ok("GPU", finding.detail() + ": training uses the CPU");
            case BROKEN -> Check.warn("GPU", finding.detail(), "see nvidia-smi; training uses the CPU meanwhile");
        };
    }

    static Check fonts(NativeProbe.Finding finding) {
        return finding.state() == NativeProbe.Finding.State.FOUND
                ? Check.ok("fonts", finding.detail())
                : Check.warn(
                        "fonts", finding.detail(), "apt-get install fontconfig fonts-dejavu-core, else no pictures");
    }
}
