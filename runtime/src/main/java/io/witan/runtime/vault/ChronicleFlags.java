package io.witan.runtime.vault;

import java.lang.reflect.InaccessibleObjectException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Starts Chronicle Map without its analytics call, and turns its failures for lack of JVM flags into one line. */
final class ChronicleFlags {
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.util",
            "java.base/java.nio",
            "java.base/sun.nio.ch",
            "java.base/jdk.internal.misc",
            "jdk.compiler/com.sun.tools.javac");
    private static final List<String> EXPORTED =
            List.of("java.base/jdk.internal.ref", "jdk.compiler/com.sun.tools.javac.file");

    private ChronicleFlags() {}

    static <T> T explain(Supplier<T> opening) {
        for (String property : List.of("chronicle.analytics.disable", "chronicle.announcer.disable")) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, "true");
            }
        }
        try {
            return opening.get();
        } catch (LinkageError | InaccessibleObjectException e) {
            String flags = String.join(" ", missing());
            throw new VaultException(
                    VaultException.Reason.JVM_FLAGS,
                    "Chronicle Map cannot start: "
                            + (flags.isEmpty() ? e.toString() : "this JVM lacks " + flags)
                            + "; start it with java @bin/jvm.options",
                    e);
        }
    }

    /** The flags among bin/jvm.options that this JVM was not given. */
    static List<String> missing() {
        Module here = ChronicleFlags.class.getModule();
        return Stream.concat(
                        OPENED.stream()
                                .filter(name -> module(name).isPresent()
                                        && !module(name).get().isOpen(packageName(name), here))
                                .map(name -> "--add-opens=" + name + "=ALL-UNNAMED"),
                        EXPORTED.stream()
                                .filter(name -> module(name).isPresent()
                                        && !module(name).get().isExported(packageName(name), here))
                                .map(name -> "--add-exports=" + name + "=ALL-UNNAMED"))
                .toList();
    }

    private static Optional<Module> module(String name) {
        return ModuleLayer.boot().findModule(name.substring(0, name.indexOf('/')));
    }

    private static String packageName(String name) {
        return name.substring(name.indexOf('/') + 1);
    }
}
