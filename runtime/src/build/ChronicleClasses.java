import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import net.openhft.chronicle.values.ValueModel;

/**
 * Compiles at build time the class that Chronicle Map otherwise generates and compiles, with javac, in every process that opens a map. It looks
 * for the class before it makes it. Arguments: the folder of classes.
 */
final class ChronicleClasses {
    private static final String STATE = "net.openhft.chronicle.hash.VanillaGlobalMutableState";

    private ChronicleClasses() {}

    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        Path classes = Path.of(arguments[0]);
        String name = STATE + "$$Native";
        // Not public, as Chronicle means it for itself only.
        Method generate = Class.forName("net.openhft.chronicle.values.Generators")
                .getDeclaredMethod("generateNativeClass", ValueModel.class, String.class);
        generate.setAccessible(true);
        Object code = generate.invoke(
                null, ValueModel.acquire(Class.forName(STATE)), name.substring(name.lastIndexOf('.') + 1));
        Path sources = Files.createDirectories(classes.resolveSibling("chronicle-sources"));
        Path source = sources.resolve(name.substring(name.lastIndexOf('.') + 1) + ".java");
        boolean isThere = Files.exists(classes.resolve(name.replace('.', '/') + ".class"))
                && Files.exists(source)
                && Files.readString(source).equals(code);
        if (isThere) {
            return;
        }
        Files.writeString(source, (String) code);
        int status = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-nowarn",
                        "-proc:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-d",
                        classes.toString(),
                        source.toString());
        if (status != 0) {
            throw new IOException(source + " cannot be compiled");
        }
    }
}
