package io.witan.kernels.host;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.gemm.ProcessorFlags;
import io.witan.kernels.gemm.avx2.Avx2Gemm;
import io.witan.kernels.openblas.OpenBlas;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Who multiplies matrices on the host. */
public enum GemmProvider {
    /** Our own kernels for AVX2 and FMA. The bits of a result do not depend on how a product is split. */
    AVX2 {
        @Override
        public String description() {
            return "AVX2 kernels";
        }

        @Override
        public void load() {
            require(ProcessorFlags.read());
            Avx2Gemm.load();
        }

        @Override
        void require(ProcessorFlags flags) {
            if (!Avx2Gemm.runsOn(flags)) {
                throw new KernelUnavailableException(
                        "the AVX2 kernels need a processor with avx2 and fma, which /proc/cpuinfo does not"
                                + " name; -D" + SETTING + "=openblas in WITAN_JAVA_OPTS does without");
            }
        }

        @Override
        public Gemm open(Arena arena) {
            return new Avx2Gemm(arena);
        }

        @Override
        public long scratchBytes() {
            return Avx2Gemm.SCRATCH_BYTES;
        }
    },
    /** OpenBLAS, which also knows AVX-512 and processors without AVX2. */
    OPENBLAS {
        @Override
        public String description() {
            return OpenBlas.description();
        }

        @Override
        public void load() {
            OpenBlas.load();
        }

        @Override
        public Gemm open(Arena arena) {
            return OpenBlas::multiply;
        }

        @Override
        public long scratchBytes() {
            return 0;
        }
    };

    /** System property that forces a provider by its name in lower case; {@code auto} or nothing leaves the choice here. */
    public static final String SETTING = "witan.gemm";

    private static final String AUTO = "auto";

    /**
     * The provider named by {@value #SETTING}, or else the faster one for this processor: OpenBLAS where it has AVX-512, our
     * kernels where it has AVX2 and FMA, OpenBLAS elsewhere. Never another one than was named.
     *
     * @throws KernelUnavailableException if the setting names none
     */
    public static GemmProvider choose() {
        return choose(System.getProperty(SETTING, AUTO), ProcessorFlags::read);
    }

    static GemmProvider choose(String setting, Supplier<ProcessorFlags> processor) {
        if (setting.equals(AUTO)) {
            ProcessorFlags flags = processor.get();
            return !flags.has("avx512f") && Avx2Gemm.runsOn(flags) ? AVX2 : OPENBLAS;
        }
        for (GemmProvider provider : values()) {
            if (provider.label().equals(setting)) {
                return provider;
            }
        }
        String allowed = Arrays.stream(values()).map(GemmProvider::label).collect(Collectors.joining(", "));
        throw new KernelUnavailableException("-D" + SETTING + "=" + setting + ": allowed are " + AUTO + ", " + allowed);
    }

    /** All that this processor can run. */
    public static List<GemmProvider> runningHere() {
        return Avx2Gemm.runsOn(ProcessorFlags.read()) ? List.of(values()) : List.of(OPENBLAS);
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For logs. */
    public abstract String description();

    /**
     * Makes it ready, once a process.
     *
     * @throws KernelUnavailableException in one line if this machine cannot run it
     */
    public abstract void load();

    void require(ProcessorFlags flags) {}

    /** For one thread, after {@link #load}; its working memory is {@link #scratchBytes} of the arena. */
    public abstract Gemm open(Arena arena);

    /** Working memory of one thread. */
    public abstract long scratchBytes();
}
