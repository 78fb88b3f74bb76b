/** Puts the parts of MoE layers together. Any thread. */
package io.witan.runtime.moe.parts;
