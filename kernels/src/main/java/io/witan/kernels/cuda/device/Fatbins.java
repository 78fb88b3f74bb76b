package io.witan.kernels.cuda.device;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The compiled kernels that the jar carries, one fatbin a source file. Those that lie in the folder {@value #FOLDER_SETTING} take the
 * place of the jar's of the same name: to try kernels without a build.
 */
public final class Fatbins {
    /** System property: a folder of fatbins. */
    public static final String FOLDER_SETTING = "witan.cuda.fatbins";

    private static final String FOLDER = "/io/witan/kernels/cuda/";

    private Fatbins() {}

    /** The folder of {@value #FOLDER_SETTING}; null without. */
    private static Path folder() {
        String folder = System.getProperty(FOLDER_SETTING);
        if (folder == null) {
            return null;
        }
        if (!Files.isDirectory(Path.of(folder))) {
            throw new KernelUnavailableException("-D" + FOLDER_SETTING + "=" + folder + ": no such folder");
        }
        return Path.of(folder);
    }

    /** How the jar was built, for logs: {@code nvcc 13.0.88}, or that it was built without. */
    public static String build() {
        byte[] text = read("build.txt");
        return text == null ? "the jar has no CUDA kernels" : new String(text, StandardCharsets.UTF_8).strip();
    }

    /** Whether there are kernels at all. */
    public static boolean present() {
        return build().startsWith("nvcc");
    }

    /**
     * @param file source file without {@code .cu}
     * @throws KernelUnavailableException if the jar has none
     */
    public static byte[] load(String file) {
        Path other = folder() == null ? null : folder().resolve(file + ".fatbin");
        byte[] fatbin = other != null && Files.exists(other) ? readFile(other) : read(file + ".fatbin");
        if (fatbin != null) {
            return fatbin;
        }
        if (!present()) {
            throw new KernelUnavailableException("CUDA kernels are not in this build (" + build()
                    + "); build with nvcc in PATH, or take a release jar");
        }
        throw new KernelException("no CUDA kernels of the name " + file);
    }

    private static byte[] readFile(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static byte[] read(String name) {
        try (InputStream in = Fatbins.class.getResourceAsStream(FOLDER + name)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + FOLDER + name + " of the jar", e);
        }
    }
}
