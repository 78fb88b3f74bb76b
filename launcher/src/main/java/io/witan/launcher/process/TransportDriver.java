package io.witan.launcher.process;

import java.nio.file.Path;

/** Starts the node's transport driver, which all ranks of the node share. */
@FunctionalInterface
public interface TransportDriver {
    /**
     * @param directory where ranks find it; does not exist yet
     * @return ends the driver and removes its directory
     */
    AutoCloseable start(Path directory) throws Exception;
}
