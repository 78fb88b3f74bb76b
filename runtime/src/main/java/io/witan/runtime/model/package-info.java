/** Whole models made of layers. */
package io.witan.runtime.model;
