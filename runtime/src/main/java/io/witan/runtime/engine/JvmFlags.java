package io.witan.runtime.engine;

import java.util.ArrayList;
import java.util.List;

/** The JVM flags without which nothing runs, checked before anything fails in a worse way. */
public final class JvmFlags {
    private static final String VECTOR = "jdk.incubator.vector";
    private static final String INTERNAL = "jdk.internal.misc";

    private JvmFlags() {}

    /**
     * @param ranks world size; more than one needs the transport's flags too
     * @throws IllegalStateException naming every missing flag
     */
    public static void require(int ranks) {
        List<String> missing = new ArrayList<>();
        if (ModuleLayer.boot().findModule(VECTOR).isEmpty()) {
            missing.add("--add-modules=" + VECTOR);
        }
        Module base = Object.class.getModule();
        if (ranks > 1 && !base.isExported(INTERNAL, JvmFlags.class.getModule())) {
            missing.add("--add-exports=java.base/" + INTERNAL + "=ALL-UNNAMED");
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("this JVM was started without " + String.join(" ", missing)
                    + "; start it with java @jvm.options, the file bin/jvm.options of Witan");
        }
    }
}
