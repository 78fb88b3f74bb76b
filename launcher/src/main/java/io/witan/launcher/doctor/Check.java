package io.witan.launcher.doctor;

/**
 * One line of the doctor's table.
 *
 * @param mend how to put it right; empty when it is
 */
public record Check(Status status, String name, String found, String mend) {
    /** How bad it is. */
    public enum Status {
        OK,
        /** Works, but worse than it could. */
        WARN,
        /** Training cannot work like this. */
        FAIL
    }

    static Check ok(String name, String found) {
        return new Check(Status.OK, name, found, "");
    }

    static Check warn(String name, String found, String mend) {
        return new Check(Status.WARN, name, found, mend);
    }

    static Check fail(String name, String found, String mend) {
        return new Check(Status.FAIL, name, found, mend);
    }
}
