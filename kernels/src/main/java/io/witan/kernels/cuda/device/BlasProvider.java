package io.witan.kernels.cuda.device;

import io.witan.kernels.KernelUnavailableException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Who multiplies dense matrices on a device. */
public enum BlasProvider {
    /** cuBLAS 12 through JCublas2. */
    JCUBLAS {
        @Override
        public Optional<Blas> open(Device device, Precision precision) {
            return Optional.of(JCublas.open(device, precision));
        }
    },
    /** cuBLAS 13 by FFM. */
    CUBLAS13 {
        @Override
        public Optional<Blas> open(Device device, Precision precision) {
            return Optional.of(LibCublas.open(device, precision));
        }
    },
    /** Our own kernels, which need no library. */
    OWN {
        @Override
        public Optional<Blas> open(Device device, Precision precision) {
            return Optional.empty();
        }
    };

    /** System property that forces a provider by its name in lower case; {@code auto} or nothing leaves the choice here. */
    public static final String SETTING = "witan.cuda.blas";

    private static final String AUTO = "auto";

    /**
     * The library, empty for {@link #OWN}.
     *
     * @throws KernelUnavailableException in one line if it is not found
     */
    public abstract Optional<Blas> open(Device device, Precision precision);

    /**
     * The library named by {@value #SETTING}; else cuBLAS 12 where it is found, else cuBLAS 13. Empty if our own kernels were named;
     * they are never taken unasked.
     *
     * @throws KernelUnavailableException in one line if the setting names none, or the library is not found
     */
    public static Optional<Blas> choose(Device device, Precision precision) {
        String setting = System.getProperty(SETTING, AUTO);
        if (setting.equals(AUTO)) {
            return either(device, precision);
        }
        for (BlasProvider provider : values()) {
            if (provider.label().equals(setting)) {
                return provider.open(device, precision);
            }
        }
        String allowed = Arrays.stream(values()).map(BlasProvider::label).collect(Collectors.joining(", "));
        throw new KernelUnavailableException("-D" + SETTING + "=" + setting + ": allowed are " + AUTO + ", " + allowed);
    }

    private static Optional<Blas> either(Device device, Precision precision) {
        try {
            return JCUBLAS.open(device, precision);
        } catch (KernelUnavailableException twelve) {
            try {
                return CUBLAS13.open(device, precision);
            } catch (KernelUnavailableException thirteen) {
                throw new KernelUnavailableException("cuBLAS is not found (" + twelve.getMessage() + "; "
                        + thirteen.getMessage() + "); -D" + SETTING + "=own in WITAN_JAVA_OPTS does without");
            }
        }
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
