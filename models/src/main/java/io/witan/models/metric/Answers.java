package io.witan.models.metric;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether two answers are the same: as numbers if both are one, otherwise as texts without white space and case. Numbers may be
 * decimals, with commas between thousands, with a percent or dollar sign, fractions, and mixed numbers such as {@code 1((1)/(2))}.
 */
public final class Answers {
    private static final Pattern DECIMAL = Pattern.compile("(-?\\d*\\.?\\d+|-?\\d+\\.)(%?)");
    private static final Pattern FRACTION = Pattern.compile("\\(*(-?\\d+(?:\\.\\d+)?)\\)*/\\(*(\\d+(?:\\.\\d+)?)\\)*");
    private static final Pattern MIXED = Pattern.compile("(\\d+)(\\(.*/.*\\))");
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Answers() {}

    /** A number as a fraction. */
    private record Ratio(BigDecimal over, BigDecimal under) {
        boolean same(Ratio other) {
            return over.multiply(other.under).compareTo(other.over.multiply(under)) == 0;
        }
    }

    /** True if both mean the same. */
    public static boolean same(String truth, String told) {
        String a = plain(truth);
        String b = plain(told);
        Optional<Ratio> first = number(a);
        Optional<Ratio> second = number(b);
        return first.isPresent() && second.isPresent() ? first.get().same(second.get()) : a.equals(b);
    }

    private static String plain(String answer) {
        return answer.replaceAll("[\\s$]", "")
                .replaceAll("(?<=\\d),(?=\\d{3}(?!\\d))", "")
                .toLowerCase(Locale.ROOT);
    }

    private static Optional<Ratio> number(String text) {
        Matcher decimal = DECIMAL.matcher(text);
        if (decimal.matches()) {
            BigDecimal under = decimal.group(2).isEmpty() ? BigDecimal.ONE : HUNDRED;
            return Optional.of(new Ratio(new BigDecimal(decimal.group(1)), under));
        }
        Matcher fraction = FRACTION.matcher(text);
        if (fraction.matches()) {
            BigDecimal under = new BigDecimal(fraction.group(2));
            return under.signum() == 0
                    ? Optional.empty()
                    : Optional.of(new Ratio(new BigDecimal(fraction.group(1)), under));
        }
        Matcher mixed = MIXED.matcher(text);
        if (!mixed.matches()) {
            return Optional.empty();
        }
        BigDecimal whole = new BigDecimal(mixed.group(1));
        return number(mixed.group(2)).map(part -> new Ratio(part.over.add(whole.multiply(part.under)), part.under));
    }
}
