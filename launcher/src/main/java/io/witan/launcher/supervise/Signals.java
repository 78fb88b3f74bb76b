package io.witan.launcher.supervise;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Handlers for Linux signals. The JDK has them in module jdk.unsupported only; javac warns about naming it, so it is
 * reached by reflection.
 */
public final class Signals {
    public static final int HUP = 1;
    public static final int INT = 2;
    public static final int PIPE = 13;
    public static final int TERM = 15;

    private Signals() {}

    /** Calls the action, with the signal's number and on a thread of its own, whenever the signal comes. */
    public static void handle(int signal, IntConsumer action) {
        String name =
                switch (signal) {
                    case HUP -> "HUP";
                    case INT -> "INT";
                    case TERM -> "TERM";
                    default -> throw new IllegalArgumentException("no handler for signal " + signal);
                };
        try {
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    handlerType.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.accept(signal);
                            return null;
                        }
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> proxy == arguments[0];
                            default -> "handler of signal " + name;
                        };
                    });
            Object wanted = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, wanted, handler);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new IllegalStateException("cannot handle signal " + name, e);
            }
            // The JVM keeps this signal for itself (-Xrs): it then has its default effect.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot handle signal " + name, e);
        }
    }
}
