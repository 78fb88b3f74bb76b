package io.witan.models.jiuzhang;

import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.models.family.ModelParts;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.models.seq2seq.DecoderTensors;
import io.witan.models.seq2seq.SequenceBuilder;
import io.witan.runtime.layer.DenseBlock;
import java.util.List;
import java.util.stream.IntStream;

/** Builds a {@link JiuZhang} of its tensors. */
final class JiuZhangBuilder {
    private final GptMoeConfig model;
    private final JiuZhangConfig config;
    private final ModelParts parts;
    private final SequenceBuilder builder;

    /** @param parts its state holds the tensors of {@link JiuZhangTensors#declare}; stays the caller's */
    JiuZhangBuilder(GptMoeConfig model, JiuZhangConfig config, ModelParts parts) {
        this.model = model;
        this.config = config;
        this.parts = parts;
        this.builder = new SequenceBuilder(model, config.decoder(), parts);
    }

    /** @param secondPass of rows of the model's vocabulary */
    JiuZhang build(SecondPass secondPass) {
        List<DenseBlock> understanding = IntStream.range(0, config.decoderLayers())
                .mapToObj(l -> denseBlock(JiuZhangTensors.understanding(l)))
                .toList();
        JiuZhang.Parts built = new JiuZhang.Parts(
                builder.encoder(),
                new Understanding(
                        parts.runtime().kernels(),
                        understanding,
                        builder.head(JiuZhangTensors.UNDERSTANDING_NORM),
                        model.dModel()),
                builder.generation());
        return new JiuZhang(parts.runtime(), parts.state(), built, secondPass, model.dModel());
    }

    private DenseBlock denseBlock(String block) {
        return new DenseBlock(
                builder.norm(block + DecoderTensors.ATTENTION_NORM),
                builder.attention(block, Reach.FULL),
                builder.norm(block + DecoderTensors.FFN_NORM),
                builder.feedForward(block),
                model.dModel());
    }
}
