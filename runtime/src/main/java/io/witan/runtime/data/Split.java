package io.witan.runtime.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Documents held back from training, and the others. Each part keeps the order of the whole. */
public record Split(Documents train, Documents validation) {
    /**
     * Holds back a document if the seeded hash of its text, as a number from 0 to 1, is below {@code fraction}: the same
     * document falls on the same side whatever stands around it, and two equal documents never fall on both sides. If none
     * or all would be held back, the one with the least hash, or all but the one with the greatest, are.
     *
     * @param fraction from 0 (hold nothing back) to below 1
     * @throws DataException if there are not two different documents to split
     */
    public static Split of(Documents documents, double fraction, long seed) {
        if (fraction == 0) {
            return new Split(documents, new Documents(List.of()));
        }
        double[] draws = draws(documents, seed);
        double least = Arrays.stream(draws).min().orElse(0);
        double greatest = Arrays.stream(draws).max().orElse(0);
        if (least == greatest) {
            throw new DataException("cannot hold documents back for validation: fewer than two different documents;"
                    + " set data.validation_fraction=0");
        }
        List<String> train = new ArrayList<>();
        List<String> validation = new ArrayList<>();
        for (int i = 0; i < draws.length; i++) {
            boolean held = draws[i] == least || draws[i] < fraction && draws[i] != greatest;
            (held ? validation : train).add(documents.texts().get(i));
        }
        return new Split(new Documents(train), new Documents(validation));
    }

    /** This split with at most {@code count} validation documents, chosen by hash; the others are not trained on either. */
    public Split withValidationLimit(int count, long seed) {
        if (validation.count() <= count) {
            return this;
        }
        double[] draws = draws(validation, seed);
        double[] sorted = draws.clone();
        Arrays.sort(sorted);
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < draws.length && kept.size() < count; i++) {
            if (draws[i] <= sorted[count - 1]) {
                kept.add(validation.texts().get(i));
            }
        }
        return new Split(train, new Documents(kept));
    }

    private static double[] draws(Documents documents, long seed) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            double[] draws = new double[documents.count()];
            for (int i = 0; i < draws.length; i++) {
                digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
                byte[] hash = digest.digest(documents.texts().get(i).getBytes(StandardCharsets.UTF_8));
                draws[i] = (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53;
            }
            return draws;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
