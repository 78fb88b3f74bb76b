package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigTree;
import java.util.List;

/** The fields and tensor names of one architecture. */
interface ModelFamily {
    /** Its name in {@code architectures} of a config.json. */
    String architecture();

    /** Whether its FFN is one of experts; otherwise these are made of it. */
    boolean hasExperts();

    /**
     * The settings that the architecture's fields say, keys of section {@code model}.
     *
     * @param settings gets them
     * @throws HuggingFaceException if a field is missing or says what we do not have: file and field
     */
    ConfigTree settings(ConfigFields config, ConfigTree settings);

    /** The field that says how many positions a sequence may have, so that we compute what the architecture does. */
    String positionsField(ConfigFields config);

    /** Every tensor of a model: a dense one's FFN stands for each expert, and nothing for the routers. */
    List<MappedTensor> tensors(GptMoeConfig model, int vocabulary);

    /**
     * Writes the fields of a model that has these settings.
     *
     * @throws IllegalArgumentException naming the key, if the architecture does not have what a setting says
     */
    void write(GptMoeConfig model, ObjectNode config);
}
