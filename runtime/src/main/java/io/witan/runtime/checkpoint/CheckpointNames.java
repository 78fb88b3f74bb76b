package io.witan.runtime.checkpoint;

import java.util.Locale;

/**
 * Names inside a checkpoint. Files are by expert, not by rank, so that any world size can load them: rank counts and
 * owners appear in the manifest only.
 */
public final class CheckpointNames {
    /** Everything that is not an expert's: embeddings, attention, norms, routers, and their optimizer states. */
    public static final String DENSE_FILE = "dense.safetensors";

    private static final String EXPERT_FILE_PREFIX = "experts-";
    private static final String FIRST_MOMENT = "optimizer.exp_avg.";
    private static final String SECOND_MOMENT = "optimizer.exp_avg_sq.";

    private CheckpointNames() {}

    /** The file of one expert: parameters and moments, for example experts-L00-E003.safetensors. */
    public static String expertFile(int layer, int expert) {
        if (layer < 0 || expert < 0) {
            throw new IllegalArgumentException("layer " + layer + " expert " + expert + ": both must be 0 or more");
        }
        return String.format(Locale.ROOT, "%sL%02d-E%03d.safetensors", EXPERT_FILE_PREFIX, layer, expert);
    }

    /** Name of the tensor with Adam's first moment of a parameter. */
    public static String firstMoment(String parameterName) {
        return FIRST_MOMENT + parameterName;
    }

    /** Name of the tensor with Adam's second moment of a parameter. */
    public static String secondMoment(String parameterName) {
        return SECOND_MOMENT + parameterName;
    }

    static boolean isOptimizerState(String tensorName) {
        return tensorName.startsWith(FIRST_MOMENT) || tensorName.startsWith(SECOND_MOMENT);
    }

    static boolean isExpertFile(String fileName) {
        return fileName.startsWith(EXPERT_FILE_PREFIX);
    }
}
