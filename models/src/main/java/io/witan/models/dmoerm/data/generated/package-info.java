/**
 * A seeded generator of preference pairs in a controlled language, whose truth is known. A prompt asks for properties of the
 * response ({@link io.witan.models.dmoerm.data.generated.Feature}), which a response has or has not; categories differ in which
 * they look at, how much each is worth, and whether it is wanted ({@link io.witan.models.dmoerm.data.generated.Rubric}).
 *
 * <p>A pair is a pure function of seed and number. All types are immutable and safe on any thread. Whether a property holds can
 * be read in prompt and response, and no function of the two responses' bags of words tells which has it: see docs/reward-model.md.
 */
package io.witan.models.dmoerm.data.generated;
