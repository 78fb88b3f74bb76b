package io.witan.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that the build gave this program. */
public final class Version implements IVersionProvider {
    private static final String BUILD = "/META-INF/maven/io.witan/witan-launcher/pom.properties";

    public static String current() {
        Properties build = new Properties();
        try (InputStream in = Version.class.getResourceAsStream(BUILD)) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException _) {
            build.clear();
        }
        return build.getProperty("version", "development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"witan " + current() + ", Java " + Runtime.version()};
    }
}
