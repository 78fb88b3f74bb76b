/** Slow, obvious double-precision versions of the operations, the tolerances, and the check of the references themselves. */
package io.witan.kernels.reference;
