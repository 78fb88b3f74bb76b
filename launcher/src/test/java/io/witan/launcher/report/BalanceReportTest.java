package io.witan.launcher.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.PlacementMetrics;
import io.witan.runtime.metrics.PlacementMetrics.LayerPlacement;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.routing.ForcedSkew;
import io.witan.runtime.routing.ZipfPopularity;
import io.witan.runtime.state.Sharding;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class BalanceReportTest {
    private static final String EMBEDDED = "data:image/png;base64,";

    @TempDir
    Path folder;

    private Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    private Path page() {
        return folder.resolve("balance.html");
    }

    private boolean report() throws IOException {
        return report(Sharding.WHOLE);
    }

    private boolean report(Sharding sharding) throws IOException {
        BalanceReport.Run run = new BalanceReport.Run("a <run> & more", sharding);
        return BalanceReport.write(metrics(), folder.resolve("decisions.log"), page(), run)
                .isPresent();
    }

    /** A run with drifting loads, the two hottest experts copied everywhere, and an expert that moves half way. */
    private void record(int steps, int layers, int experts, int ranks) {
        ZipfPopularity popularity = new ZipfPopularity(ForcedSkew.parse("zipf:1.3,drift=0.01"), experts, 2, 7);
        try (MetricsLog log = MetricsLog.create(metrics())) {
            for (int step = 1; step <= steps; step++) {
                log.append(new StepMetrics(
                                step,
                                3,
                                1,
                                1e-3,
                                1e4,
                                50,
                                1.4 + 0.3 * Math.sin(step / 20.0),
                                new StepMetrics.Bytes(step * 1000L, step * 1000L, 5_000_000),
                                false,
                                StepMetrics.noExtra())
                        .with("expert_imbalance", 3)
                        .with("bytes_reshard", step == steps / 2 ? 2e6 : 0));
                long[][] load = new long[layers][experts];
                List<LayerPlacement> placement = new ArrayList<>();
                for (int l = 0; l < layers; l++) {
                    double[] inclusion = popularity.inclusion(step, l);
                    for (int e = 0; e < experts; e++) {
                        load[l][e] = Math.round(1000 * inclusion[e]);
                    }
                    placement.add(new LayerPlacement(l, holders(inclusion, ranks, l == 0 && step > steps / 2)));
                }
                log.append(new LoadMetrics(step, 2, load));
                log.append(new PlacementMetrics(step, placement));
            }
        }
    }

    private static List<List<Integer>> holders(double[] inclusion, int ranks, boolean moved) {
        List<List<Integer>> holders = new ArrayList<>();
        for (int e = 0; e < inclusion.length; e++) {
            int owner = moved && e == 0 ? ranks - 1 : e * ranks / inclusion.length;
            List<Integer> at = new ArrayList<>(List.of(owner));
            if (inclusion[e] > 0.4) {
                IntStream.range(0, ranks).filter(r -> r != owner).forEach(at::add);
            }
            holders.add(at);
        }
        return holders;
    }

    @Test
    void thePageIsWellFormedAndHoldsAllItsPictures() throws Exception {
        record(300, 2, 8, 4);
        Files.writeString(
                folder.resolve("decisions.log"), "step 2: layer 0: expert 1 (31 % of load) copied to rank <1>\n");
        assertThat(report()).isTrue();

        String text = Files.readString(page());
        assertThat(text).startsWith("<!DOCTYPE html>").contains("a &lt;run&gt; &amp; more: balance");
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(text.replace("<!DOCTYPE html>", ""))));
        NodeList pictures = document.getElementsByTagName("img");
        // The whole run, imbalance, bytes, and for each layer load, holders and owners.
        assertThat(pictures.getLength()).isEqualTo(3 + 2 * 3);
        for (int i = 0; i < pictures.getLength(); i++) {
            Element picture = (Element) pictures.item(i);
            assertThat(picture.getAttribute("alt")).isNotBlank();
            assertThat(picture.getAttribute("src")).startsWith(EMBEDDED);
            byte[] png = Base64.getDecoder().decode(picture.getAttribute("src").substring(EMBEDDED.length()));
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
            assertThat(image.getWidth()).isGreaterThanOrEqualTo(900);
            assertThat(colours(image)).isGreaterThan(20);
            if (Boolean.getBoolean("witan.test.keep-pictures")) {
                Files.write(Path.of("/tmp", "balance-" + i + ".png"), png);
            }
        }
        assertThat(document.getElementsByTagName("pre").item(0).getTextContent())
                .isEqualTo("step 2: layer 0: expert 1 (31 % of load) copied to rank <1>");
        assertThat(document.getDocumentElement().getTextContent())
                .contains("A column is 3 steps.", "experts that changed their owner1", "all-to-all1,500.0 MB");
        assertThat(text).doesNotContain("http://", "https://", "<script");
    }

    @Test
    void ofSlicesThereIsNoWordOfOwnersAndCopies() throws IOException {
        record(20, 2, 8, 4);
        assertThat(report(Sharding.SLICED)).isTrue();

        String text = Files.readString(page());
        assertThat(text.replaceAll("base64,[^\"]*", ""))
                .contains(
                        "number of ranks that have each expert of layer 1",
                        "No expert was put together on more than one rank.")
                .doesNotContain("owner", "copied", "moves");
        assertThat(text.split("<img ", -1)).as("no map of owners").hasSize(1 + 3 + 2 * 2);
    }

    private static long colours(BufferedImage image) {
        return IntStream.range(0, image.getWidth())
                .flatMap(x -> IntStream.range(0, image.getHeight()).map(y -> image.getRGB(x, y)))
                .distinct()
                .count();
    }

    @Test
    void seriesHoldWhatTheLinesSay() {
        try (MetricsLog log = MetricsLog.create(metrics())) {
            log.append(new LoadMetrics(1, 2, new long[][] {{3, 1}}));
            log.append(new PlacementMetrics(1, List.of(new LayerPlacement(0, List.of(List.of(0), List.of(1))))));
            log.append(new LoadMetrics(2, 2, new long[][] {{1, 1}}));
            log.append(new LoadMetrics(3, 2, new long[][] {{0, 0}}));
            log.append(new PlacementMetrics(3, List.of(new LayerPlacement(0, List.of(List.of(0, 1), List.of(0))))));
        }
        BalanceSeries series = BalanceSeries.of(MetricsReader.read(metrics()));

        assertThat(series.share()[0]).isDeepEqualTo(new double[][] {{0.75, 0.25}, {0.5, 0.5}, {0, 0}});
        assertThat(series.holders()[0]).isDeepEqualTo(new double[][] {{1, 1}, {1, 1}, {2, 1}});
        assertThat(series.owner()[0]).isDeepEqualTo(new int[][] {{0, 1}, {0, 1}, {0, 0}});
        assertThat(series.ranks()).isEqualTo(2);
        assertThat(series.ownerChanges()).isEqualTo(1);
    }

    @Test
    void manyStepsShareAColumn() {
        record(250, 1, 4, 2);
        BalanceSeries series = BalanceSeries.of(MetricsReader.read(metrics()));

        assertThat(series.bins()).isEqualTo(new StepBins(1, 3, 84));
        assertThat(series.share()[0]).hasDimensions(84, 4);
        for (double[] bin : series.share()[0]) {
            assertThat(bin[0] + bin[1] + bin[2] + bin[3]).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void ofManyLayersTheMostUnevenAreShown() throws IOException {
        record(4, 9, 4, 2);
        assertThat(report()).isTrue();
        assertThat(Files.readString(page())).contains("The 6 most uneven of 9 layers.");
    }

    @Test
    void withoutLoadsThereIsNoPage() throws IOException {
        assertThat(report()).isFalse();
        MetricsLog.create(metrics()).close();
        assertThat(report()).isFalse();
        assertThat(page()).doesNotExist();
    }

    @Test
    void loadsAloneAreEnough() throws IOException {
        try (MetricsLog log = MetricsLog.create(metrics())) {
            log.append(new LoadMetrics(1, 2, new long[][] {{3, 1}, {0, 0}}));
            log.append(new LoadMetrics(2, 2, new long[][] {{3}}));
        }
        assertThat(report()).isTrue();
        assertThat(Files.readString(page())).contains("No expert was copied or moved.");
    }
}
