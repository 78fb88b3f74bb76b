/** Mixtures in which every token goes to every expert. Thread rule: the rank's training thread. */
package io.witan.runtime.moe.soft;
