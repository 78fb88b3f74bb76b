package io.witan.runtime.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The numbers allowed for a key, or for each item of a list. Bounds not given do not bind. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
    /** The least number allowed. */
    double min() default Double.NEGATIVE_INFINITY;

    /** The greatest number allowed. */
    double max() default Double.POSITIVE_INFINITY;

    /** Only numbers greater than this; of use where {@code min} itself must be out. */
    double above() default Double.NEGATIVE_INFINITY;

    /** Only numbers less than this. */
    double below() default Double.POSITIVE_INFINITY;
}
