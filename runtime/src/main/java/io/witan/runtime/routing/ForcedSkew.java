package io.witan.runtime.routing;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How uneven an imposed routing is, written {@code zipf:S[,drift=D][,order=shuffled|aligned]}.
 *
 * @param exponent S: the expert of popularity rank r = 1, 2, .. is drawn in proportion to r^-S; 0 is even
 * @param drift D, 0..1: each step goes this far from one order of popularity to the next; 1/D steps make a new order
 * @param order which expert is how popular at the start
 */
public record ForcedSkew(double exponent, double drift, Order order) {
    /** What {@link #parse} takes. */
    public static final String ALLOWED =
            "zipf:S[,drift=D][,order=shuffled|aligned] with S from 0 to 8 and D from 0 to 1";

    private static final double MAX_EXPONENT = 8;
    private static final int MAX_LENGTH = 64;
    private static final Pattern FORM = Pattern.compile("zipf:([^,]*)((?:,[^,]*)*)");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?|\\.[0-9]{1,9}");

    /** Which expert of a layer is the most popular one, the next, and so on, before any drift. */
    public enum Order {
        /** Drawn for each layer by itself. */
        SHUFFLED,
        /** By expert number in every layer: owners in even blocks have the hot experts on rank 0. */
        ALIGNED
    }

    /** @throws IllegalArgumentException if a number is out of its range */
    public ForcedSkew {
        if (!(exponent >= 0 && exponent <= MAX_EXPONENT)) {
            throw new IllegalArgumentException("S is " + exponent + ", allowed is from 0 to 8");
        }
        if (!(drift >= 0 && drift <= 1)) {
            throw new IllegalArgumentException("drift is " + drift + ", allowed is from 0 to 1");
        }
    }

    /** @throws IllegalArgumentException in one line that says what is wrong and what is allowed */
    public static ForcedSkew parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw refused(text.substring(0, MAX_LENGTH) + "...", "it has " + text.length() + " characters");
        }
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw refused(text, "it does not begin with zipf:");
        }
        double exponent = number(text, "S", form.group(1), MAX_EXPONENT);
        String drift = null;
        String order = null;
        for (String option : form.group(2).isEmpty()
                ? new String[0]
                : form.group(2).substring(1).split(",", -1)) {
            if (option.startsWith("drift=") && drift == null) {
                drift = option.substring("drift=".length());
            } else if (option.startsWith("order=") && order == null) {
                order = option.substring("order=".length());
            } else {
                throw refused(text, "\"" + option + "\" is no option, or is there twice");
            }
        }
        return new ForcedSkew(exponent, drift == null ? 0 : number(text, "D", drift, 1), order(text, order));
    }

    private static double number(String text, String name, String value, double max) {
        if (!DECIMAL.matcher(value).matches() || Double.parseDouble(value) > max) {
            throw refused(text, name + " is \"" + value + "\"");
        }
        return Double.parseDouble(value);
    }

    private static Order order(String text, String name) {
        if (name == null) {
            return Order.SHUFFLED;
        }
        for (Order order : Order.values()) {
            if (order.name().toLowerCase(Locale.ROOT).equals(name)) {
                return order;
            }
        }
        throw refused(text, "order is \"" + name + "\"");
    }

    private static IllegalArgumentException refused(String text, String reason) {
        return new IllegalArgumentException("skew \"" + printable(text) + "\": " + printable(reason) + "; allowed is "
                + ALLOWED + ", at most " + MAX_LENGTH + " characters");
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** What {@link #parse} reads back. */
    @Override
    public String toString() {
        return "zipf:" + plain(exponent) + (drift == 0 ? "" : ",drift=" + plain(drift))
                + (order == Order.SHUFFLED ? "" : ",order=" + order.name().toLowerCase(Locale.ROOT));
    }

    private static String plain(double value) {
        return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
    }
}
