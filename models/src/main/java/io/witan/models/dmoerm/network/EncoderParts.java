package io.witan.models.dmoerm.network;

import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.RaggedSelfAttention;
import io.witan.runtime.state.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Puts models together that are read at last tokens.
 *
 * @param parameter a declared tensor by name
 * @param names of the tensors
 * @param epsilon of the norms
 */
public record EncoderParts(
        Kernels kernels, Function<String, Parameter> parameter, EncoderTensors names, Reach reach, double epsilon) {
    public LastTokenEncoder encoder() {
        List<DenseBlock> blocks = IntStream.range(0, names.layers() - 1)
                .mapToObj(l -> denseBlock(l, reach))
                .toList();
        return new LastTokenEncoder(
                kernels,
                new LastTokenEncoder.Parts(embedding(), blocks, lastBlock(Optional.empty()), norm(names.finalNorm())),
                names.width());
    }

    /** The same tensors, causal whatever the encoder is; projects with the embedding. */
    public LanguageModel languageModel() {
        List<DenseBlock> blocks = IntStream.range(0, names.layers())
                .mapToObj(l -> denseBlock(l, Reach.CAUSAL))
                .toList();
        Parameter token = parameter.apply(names.token());
        int vocabulary = Math.toIntExact(token.spec().shape()[0]);
        return new LanguageModel(
                new LanguageModel.Parts(
                        embedding(),
                        blocks,
                        LanguageModelHead.tied(kernels, norm(names.finalNorm()), token, names.width(), vocabulary)),
                names.width());
    }

    /** @param adapters of each block */
    public PointNetwork pointNetwork(IntFunction<Adapters> adapters) {
        List<PointBlock> blocks = IntStream.range(0, names.layers() - 1)
                .mapToObj(l -> pointBlock(l, adapters.apply(l)))
                .toList();
        LastBlock last = lastBlock(Optional.of(adapters.apply(names.layers() - 1)));
        return new PointNetwork(
                kernels, new PointNetwork.Parts(embedding(), blocks, last, norm(names.finalNorm())), names.width());
    }

    private DenseBlock denseBlock(int l, Reach sees) {
        AttentionLayer.Projections projections = new AttentionLayer.Projections(
                parameter.apply(names.qkv(l)), null, parameter.apply(names.attentionOut(l)), null);
        return new DenseBlock(
                norm(names.attentionNorm(l)),
                new RaggedSelfAttention(kernels, projections, names.width(), names.heads(), sees),
                norm(names.feedForwardNorm(l)),
                feedForward(l),
                names.width());
    }

    private PointBlock pointBlock(int l, Adapters adapters) {
        return new PointBlock(
                kernels,
                new PointBlock.Parts(
                        norm(names.attentionNorm(l)),
                        qkv(l),
                        attentionOut(l),
                        adapters,
                        norm(names.feedForwardNorm(l)),
                        feedForward(l)),
                new PointBlock.Size(names.width(), names.heads(), reach));
    }

    private LastBlock lastBlock(Optional<Adapters> adapters) {
        int l = names.layers() - 1;
        return new LastBlock(
                kernels,
                new LastBlock.Parts(
                        norm(names.attentionNorm(l)),
                        qkv(l),
                        attentionOut(l),
                        norm(names.feedForwardNorm(l)),
                        feedForward(l),
                        adapters),
                names.width(),
                names.heads());
    }

    private QkvProjection qkv(int l) {
        return new QkvProjection(kernels, parameter.apply(names.qkv(l)), names.width());
    }

    private LinearLayer attentionOut(int l) {
        return new LinearLayer(kernels, parameter.apply(names.attentionOut(l)), null, names.width(), names.width());
    }

    private RaggedEmbedding embedding() {
        return new RaggedEmbedding(
                kernels, parameter.apply(names.token()), parameter.apply(names.position()), names.width());
    }

    private NormLayer norm(String norm) {
        return new NormLayer(
                names.centred() ? kernels.layerNorm() : kernels.rmsNorm(),
                parameter.apply(EncoderTensors.gain(norm)),
                names.centred() ? parameter.apply(EncoderTensors.bias(norm)) : null,
                names.width(),
                (float) epsilon);
    }

    private FeedForwardLayer feedForward(int l) {
        FeedForwardLayer.Matrices matrices = new FeedForwardLayer.Matrices(
                parameter.apply(names.inner(l)), null, parameter.apply(names.outer(l)), null);
        return new FeedForwardLayer(kernels, matrices, names.width(), names.hidden());
    }
}
