package io.witan.models.jiuzhang.collate;

/** A stage of pre-training; each has what the one before it has, and more. */
public enum Stage {
    /** Masked tokens and denoising. */
    MASKED_DENOISING,
    /** And logic recovering: half of the rows that are written have their solution in disorder. */
    LOGIC_RECOVERING,
    /** And solution checking: what was masked or damaged is filled by the model and put right in a second pass. */
    SOLUTION_CHECKING
}
