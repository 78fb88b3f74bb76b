/**
 * Maths problems: what a problem has, the files it comes from, a generator of multiple choice, and which problems are held
 * back. All types are immutable and safe on any thread. Input that cannot be used gives one line in a
 * {@link io.witan.runtime.data.DataException}, with file, row and field.
 */
package io.witan.models.jiuzhang.data;
