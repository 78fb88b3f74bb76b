package io.witan.models.dmoerm.data;

/**
 * What a labeller says of a pair in respect of one capability point, asked twice. Every verdict is about the pair's own first
 * and second response, in whichever order they were shown.
 *
 * @param inOrder asked with the first response shown first
 * @param reversed asked with the second response shown first
 * @param truth the true verdict, {@link Winner#UNKNOWN} if there is none
 */
public record PointLabel(Winner inOrder, Winner reversed, Winner truth) {
    /** The winner that both orders of presentation have, else {@link Winner#UNKNOWN}; a tie is no winner. */
    public Winner agreed() {
        return inOrder == reversed && inOrder.isDecided() ? inOrder : Winner.UNKNOWN;
    }
}
