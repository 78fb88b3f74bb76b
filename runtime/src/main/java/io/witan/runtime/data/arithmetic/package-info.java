/**
 * The built-in corpus: a seeded generator of arithmetic word problems in English, so that a first training run needs no
 * download. Pure functions, safe on any thread.
 */
package io.witan.runtime.data.arithmetic;
