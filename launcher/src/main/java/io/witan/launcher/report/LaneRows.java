package io.witan.launcher.report;

import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.StepTrace;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.TraceLane;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The rows of a step's picture: a block of lanes for the event model, if there is one, and for each rank, an axis of time, a legend. */
final class LaneRows {
    static final int WIDTH = 1600;
    static final int MARGIN = 24;

    private static final int MOST_RANKS = 8;
    private static final int LEFT = 130;
    private static final int TOP = 50;
    private static final int SECOND_LINE = 22;
    private static final int NAME_HEIGHT = 22;
    private static final int COMPUTE_HEIGHT = 34;
    private static final int LANE_HEIGHT = 18;
    private static final int GAP = 3;
    private static final int BLOCK_GAP = 12;
    private static final int AXIS = 30;
    private static final int LEGEND_ROW = 24;
    private static final int LEGEND_COLUMN = 182;
    private static final int TICKS = 10;
    private static final double NS_PER_MS = 1e6;
    private static final Color PREDICTED = new Color(0xF1, 0xF5, 0xFB);
    private static final Color LINE = new Color(0xE4, 0xE4, 0xE4);
    private static final List<TraceLane> LANES =
            List.of(TraceLane.COMPUTE, TraceLane.TOKENS, TraceLane.NODE, TraceLane.PARAMETERS, TraceLane.GRADIENTS);
    private static final List<TraceLane> PREDICTED_LANES =
            List.of(TraceLane.COMPUTE, TraceLane.TOKENS, TraceLane.GRADIENTS);

    private final List<Block> blocks = new ArrayList<>();
    private final int all;
    private final int top;
    private final long beginNs;
    private final long endNs;
    /** What is shown, by its name, in the order of lanes and of first use. */
    private final Map<String, Color> legend = new LinkedHashMap<>();

    /** Lanes under one name, the first of which computes. */
    private record Block(String name, List<TraceEvent> events, List<TraceLane> lanes) {
        int height() {
            return NAME_HEIGHT + laneTop(lanes.size()) - GAP + BLOCK_GAP;
        }

        /** Below the name. */
        int laneTop(int lane) {
            return lane == 0 ? 0 : COMPUTE_HEIGHT + GAP + (lane - 1) * (LANE_HEIGHT + GAP);
        }

        int laneHeight(int lane) {
            return lane == 0 ? COMPUTE_HEIGHT : LANE_HEIGHT;
        }

        boolean isPredicted() {
            return lanes.equals(PREDICTED_LANES);
        }
    }

    LaneRows(StepTrace step) {
        this.all = step.ranks().size();
        this.top = step.predicted().isEmpty() ? TOP : TOP + SECOND_LINE;
        if (!step.predicted().isEmpty()) {
            blocks.add(new Block("predicted: event model", step.predicted(), PREDICTED_LANES));
        }
        List<TraceLane> lanes = lanes(step);
        step.ranks().entrySet().stream().limit(MOST_RANKS).forEach(rank -> {
            String name = step.names().getOrDefault(rank.getKey(), "rank " + rank.getKey());
            blocks.add(new Block(step.predicted().isEmpty() ? name : "measured: " + name, rank.getValue(), lanes));
        });
        this.beginNs = steps().mapToLong(TraceEvent::beginNs).min().orElseThrow();
        this.endNs = Stream.concat(steps(), step.predicted().stream())
                .mapToLong(TraceEvent::endNs)
                .max()
                .orElseThrow();
        for (Span.Kind kind : List.of(Span.Kind.COMPUTE, Span.Kind.HOST, Span.Kind.WAIT, Span.Kind.COMMUNICATION)) {
            events().filter(event -> event.span().kind() == kind)
                    .sorted(Comparator.comparing(TraceEvent::span).thenComparing(SpanColours::name))
                    .forEach(event -> legend.putIfAbsent(SpanColours.name(event), forwardColour(event)));
        }
    }

    /** All but that of hops in nodes, if there are none. */
    private static List<TraceLane> lanes(StepTrace step) {
        boolean hops =
                step.ranks().values().stream().flatMap(List::stream).anyMatch(event -> event.lane() == TraceLane.NODE);
        return LANES.stream().filter(lane -> hops || lane != TraceLane.NODE).toList();
    }

    private Stream<TraceEvent> events() {
        return blocks.stream().flatMap(block -> block.events().stream());
    }

    private Stream<TraceEvent> steps() {
        return events().filter(event -> event.span() == Span.STEP);
    }

    private static Color forwardColour(TraceEvent event) {
        return SpanColours.of(
                new TraceEvent(event.lane(), event.span(), event.name(), Phase.FORWARD, 0, 0, 0, 0, 0, 0, 0));
    }

    /** What the title says of ranks that are not shown. */
    String omitted() {
        return all > MOST_RANKS ? ", ranks 0 to " + (MOST_RANKS - 1) + " of " + all : "";
    }

    int height() {
        return legendTop() + LEGEND_ROW * Math.ceilDiv(legend.size() + 1, columns()) + MARGIN;
    }

    private int legendTop() {
        return axisTop() + AXIS + MARGIN;
    }

    private int axisTop() {
        return top + blocks.stream().mapToInt(Block::height).sum();
    }

    private static int columns() {
        return (WIDTH - 2 * MARGIN) / LEGEND_COLUMN;
    }

    void draw(Graphics2D to) {
        int blockTop = top;
        for (Block block : blocks) {
            if (block.isPredicted()) {
                to.setColor(PREDICTED);
                to.fillRect(MARGIN / 2, blockTop, WIDTH - MARGIN, block.height() - BLOCK_GAP / 2);
            }
            blockTop += block.height();
        }
        drawAxis(to, axisTop());
        blockTop = top;
        for (Block block : blocks) {
            drawBlock(to, block, blockTop);
            blockTop += block.height();
        }
        drawLegend(to);
    }

    private void drawBlock(Graphics2D to, Block block, int blockTop) {
        to.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        to.setColor(Color.BLACK);
        to.drawString(block.name(), MARGIN, blockTop + NAME_HEIGHT - 7);
        to.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int lane = 0; lane < block.lanes().size(); lane++) {
            int laneTop = blockTop + NAME_HEIGHT + block.laneTop(lane);
            int bottom = laneTop + block.laneHeight(lane);
            to.setColor(Color.DARK_GRAY);
            to.drawString(block.lanes().get(lane).label(), MARGIN, laneTop + block.laneHeight(lane) / 2 + 4);
            to.setColor(LINE);
            to.drawLine(LEFT, bottom, x(endNs), bottom);
        }
        // The longer first: what lies inside another span is drawn over it.
        block.events().stream()
                .filter(event -> block.lanes().contains(event.lane()))
                .sorted(Comparator.comparingLong(TraceEvent::durationNs).reversed())
                .forEach(event -> {
                    int lane = block.lanes().indexOf(event.lane());
                    drawEvent(to, event, blockTop + NAME_HEIGHT + block.laneTop(lane), block.laneHeight(lane));
                });
    }

    private void drawEvent(Graphics2D to, TraceEvent event, int laneTop, int height) {
        int left = x(event.beginNs());
        int width = Math.max(1, x(event.endNs()) - left);
        Color colour = SpanColours.of(event);
        to.setColor(colour);
        to.fillRect(left, laneTop, width, height);
        if (width > 4) {
            to.setColor(colour.darker());
            to.drawRect(left, laneTop, width - 1, height - 1);
        }
        if (event.layer() == Timeline.NONE) {
            return;
        }
        String layer = Integer.toString(event.layer());
        to.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        int letters = to.getFontMetrics().stringWidth(layer);
        if (width > letters + 4) {
            to.setColor(event.span().kind() == Span.Kind.WAIT ? Color.DARK_GRAY : Color.WHITE);
            to.drawString(layer, left + (width - letters) / 2, laneTop + height / 2 + 4);
        }
    }

    private void drawAxis(Graphics2D to, int axisTop) {
        double lengthMs = (endNs - beginNs) / NS_PER_MS;
        double tick = tick(lengthMs);
        to.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int i = 0; i * tick <= lengthMs; i++) {
            int x = x(beginNs + Math.round(i * tick * NS_PER_MS));
            to.setColor(LINE);
            to.drawLine(x, top + NAME_HEIGHT, x, axisTop);
            to.setColor(Color.DARK_GRAY);
            String text = String.format(Locale.ROOT, tick < 1 ? "%.1f" : "%.0f", i * tick) + (i == 0 ? " ms" : "");
            to.drawString(text, x - to.getFontMetrics().stringWidth(text) / 2, axisTop + 16);
        }
    }

    /** 1, 2 or 5 times a power of ten. */
    private static double tick(double lengthMs) {
        double rough = lengthMs / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digit = rough / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }

    private void drawLegend(Graphics2D to) {
        int index = 0;
        for (Map.Entry<String, Color> entry : legend.entrySet()) {
            int left = MARGIN + index % columns() * LEGEND_COLUMN;
            int row = legendTop() + index / columns() * LEGEND_ROW;
            to.setColor(entry.getValue());
            to.fillRect(left, row, 16, 14);
            to.setColor(entry.getValue().darker());
            to.drawRect(left, row, 15, 13);
            to.setColor(Color.BLACK);
            to.drawString(entry.getKey(), left + 22, row + 12);
            index++;
        }
        to.setColor(Color.DARK_GRAY);
        to.drawString(
                "darker: backward; numbers: layers",
                MARGIN + index % columns() * LEGEND_COLUMN,
                legendTop() + index / columns() * LEGEND_ROW + 12);
    }

    private int x(long ns) {
        return LEFT
                + (int) Math.round((double) (ns - beginNs) / Math.max(1, endNs - beginNs) * (WIDTH - LEFT - MARGIN));
    }
}
