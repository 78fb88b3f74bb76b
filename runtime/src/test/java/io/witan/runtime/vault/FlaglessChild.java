package io.witan.runtime.vault;

import java.nio.file.Path;
import java.util.List;

/** Creates a vault and prints what it gets to hear. */
final class FlaglessChild {
    private FlaglessChild() {}

    public static void main(String[] arguments) {
        try (ExpertVault vault =
                ExpertVault.create(Path.of(arguments[0]), 0, List.of(new ExpertVault.Entry("w", 64)))) {
            System.out.println("RESULT " + vault.report());
        } catch (VaultException e) {
            System.out.println("RESULT " + e.reason() + " " + e.getMessage());
        }
    }
}
