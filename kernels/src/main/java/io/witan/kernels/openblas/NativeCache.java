package io.witan.kernels.openblas;

import io.witan.kernels.KernelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Copies shared libraries from the class path into a folder, once: {@code <root>/<version>-<hash>/<name>}, where the hash
 * follows from size and CRC-32 of every library. A file that is there is checked before it is used; a new one appears by
 * an atomic rename, so that ranks which start together cannot see half a file.
 */
final class NativeCache {
    private static final int COPY_BYTES = 1 << 20;

    private final Path root;

    NativeCache(Path root) {
        this.root = root;
    }

    /** {@code $XDG_CACHE_HOME/witan/native}, or {@code ~/.cache/witan/native}. */
    static Path defaultRoot() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path cache = xdg != null && Path.of(xdg).isAbsolute()
                ? Path.of(xdg)
                : Path.of(System.getProperty("user.home", "."), ".cache");
        return cache.resolve("witan").resolve("native");
    }

    /**
     * The folder that holds all the named resources of {@code prefix}. Where the root cannot be written, a private folder
     * under {@code java.io.tmpdir} that is deleted at exit.
     */
    Path extract(String version, String prefix, List<String> names) {
        List<Resource> resources =
                names.stream().map(name -> Resource.find(prefix, name)).toList();
        try {
            Path folder = Files.createDirectories(root.resolve(version + "-" + hash(resources)));
            for (Resource resource : resources) {
                resource.copyTo(folder);
            }
            return folder;
        } catch (IOException unwritable) {
            return extractPrivately(resources, unwritable);
        }
    }

    private Path extractPrivately(List<Resource> resources, IOException unwritable) {
        try {
            Path folder = Files.createTempDirectory("witan-native-");
            folder.toFile().deleteOnExit();
            for (Resource resource : resources) {
                resource.copyTo(folder);
                folder.resolve(resource.name).toFile().deleteOnExit();
            }
            return folder;
        } catch (IOException e) {
            e.addSuppressed(unwritable);
            throw new KernelException(
                    "native libraries can be written neither to " + root + " (" + unwritable + ") nor to "
                            + System.getProperty("java.io.tmpdir") + " (" + e + ")",
                    e);
        }
    }

    private static String hash(List<Resource> resources) {
        CRC32 all = new CRC32();
        for (Resource resource : resources) {
            all.update(ByteBuffer.allocate(16)
                    .putLong(resource.size)
                    .putLong(resource.crc)
                    .flip());
        }
        return String.format("%08x", all.getValue());
    }

    private record Resource(URL url, String name, long size, long crc) {
        static Resource find(String prefix, String name) {
            URL url = NativeCache.class.getResource(prefix + name);
            if (url == null) {
                throw new KernelException(
                        "no " + prefix + name
                                + " on the class path: Witan's host back end needs the jar org.bytedeco:openblas, classifier linux-x86_64");
            }
            try {
                URLConnection connection = url.openConnection();
                if (connection instanceof JarURLConnection jar
                        && jar.getJarEntry().getSize() >= 0) {
                    return new Resource(
                            url,
                            name,
                            jar.getJarEntry().getSize(),
                            jar.getJarEntry().getCrc());
                }
                try (InputStream in = connection.getInputStream()) {
                    return measured(url, name, in);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Resource measured(URL url, String name, InputStream in) throws IOException {
            CRC32 sum = new CRC32();
            byte[] buffer = new byte[COPY_BYTES];
            long size = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sum.update(buffer, 0, n);
                size += n;
            }
            return new Resource(url, name, size, sum.getValue());
        }

        void copyTo(Path folder) throws IOException {
            Path file = folder.resolve(name);
            if (matches(file)) {
                return;
            }
            Path partial = Files.createTempFile(folder, name, ".part");
            try {
                try (InputStream in = url.openStream()) {
                    Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
                }
                if (!matches(partial)) {
                    throw new IOException(partial + " differs from " + url + " after the copy (disk full?)");
                }
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        }

        private boolean matches(Path file) throws IOException {
            if (!Files.isRegularFile(file) || Files.size(file) != size) {
                return false;
            }
            CRC32 sum = new CRC32();
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
                while (in.read(buffer.clear()) >= 0) {
                    sum.update(buffer.flip());
                }
            }
            return sum.getValue() == crc;
        }
    }
}
