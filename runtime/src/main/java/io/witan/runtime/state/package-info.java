/**
 * Training state of one rank: parameters with their Adam moments. Dense parameters are replicated and lie in one flat
 * region; an expert is one region on its owner. Each region has two slots: AdamW reads the active one and writes the
 * other, so that a completed step stays whole while the next is being written. Slots may be the same memory.
 *
 * <p>Used by the rank's training thread.
 */
package io.witan.runtime.state;
