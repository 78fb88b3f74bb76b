package io.witan.runtime.routing;

/** The experts of the tokens of one layer, drawn by a popularity. Not for several threads at once. */
public final class DrawnChoice implements ImposedChoice {
    private final ExpertPopularity popularity;
    private final int layer;
    private final long seed;
    private long drawnStep = -1;
    private ExpertDraw draw;

    /** @param seed of the draws */
    public DrawnChoice(ExpertPopularity popularity, int layer, long seed) {
        this.popularity = popularity;
        this.layer = layer;
        this.seed = Mixed.bits(seed, layer);
    }

    @Override
    public void choose(long step, long token, int[] chosen) {
        long ofStep = Mixed.bits(seed, step);
        if (step != drawnStep) {
            draw = new ExpertDraw(popularity.inclusion(step, layer), chosen.length, ofStep);
            drawnStep = step;
        }
        draw.draw(Mixed.bits(ofStep, token), chosen);
    }
}
