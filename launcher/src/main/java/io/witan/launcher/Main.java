package io.witan.launcher;

import java.util.List;
import java.util.Optional;

/** The program behind bin/witan, and the one place where its parts are chosen. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(Launcher.run(arguments, composition()));
    }

    static Composition composition() {
        return new Composition(Main.class, Optional.empty(), List.of(), List.of(), Composition.AgentWords.script());
    }
}
