package io.witan.launcher.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.routing.ForcedSkew;
import io.witan.scheduler.simulate.table.HecateTable;
import io.witan.scheduler.simulate.table.LaerTable;
import io.witan.scheduler.simulate.table.ProProphetTable;
import io.witan.scheduler.simulate.table.ScaleTable;
import io.witan.scheduler.simulate.table.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Simulations. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Simulates training on machines that are not there.",
        subcommands = {SimulateCommand.Fssdp.class, FsmoeCommand.class})
final class SimulateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to simulate is missing: fssdp or fsmoe");
    }

    /** The tables that can be asked for. */
    private enum Choice {
        PRO_PROPHET(ProProphetTable::of),
        LAER(LaerTable::of),
        HECATE(HecateTable::of),
        SCALE(ScaleTable::of);

        private final LongFunction<Table> maker;

        Choice(LongFunction<Table> maker) {
            this.maker = maker;
        }

        private String label() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /** FSSDP and its rivals beside what was published, or on one's own cluster. */
    @Command(
            name = "fssdp",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description =
                    "Simulates FSSDP and its rivals with the policies of training: published tables beside ours, or your own cluster.",
            footerHeading = "%nExit code 9: a figure is outside its bound.%nExamples:%n",
            footer = {"  witan simulate fssdp --table laer", "  witan simulate fssdp --gpus 128 --nodes 16 --experts 64"
            })
    static final class Fssdp implements Callable<Integer> {
        private static final String ALL = "all";
        private static final ScaleTable.Question USUAL = ScaleTable.Question.USUAL;

        @Spec
        private CommandSpec spec;

        @Option(
                names = "--table",
                paramLabel = "NAME",
                description = "pro-prophet, laer, hecate, scale, or all (default)")
        private String table;

        @Option(names = "--seed", paramLabel = "N", description = "seed of the loads (default: 1)")
        private long seed = 1;

        @Option(names = "--json", paramLabel = "FILE", description = "write the tables there too")
        private Path json;

        @Option(names = "--gpus", paramLabel = "N", description = "your own cluster: GPUs in all")
        private Integer gpus;

        @Option(names = "--nodes", paramLabel = "N", description = "nodes (default: 8 GPUs each)")
        private Integer nodes;

        @Option(names = "--experts", paramLabel = "E", description = "experts of a layer (default: 256)")
        private Integer experts;

        @Option(
                names = "--width",
                paramLabel = "D",
                description = "model width; experts have twice that (default: 768)")
        private Integer width;

        @Option(names = "--layers", paramLabel = "L", description = "layers (default: 12)")
        private Integer layers;

        @Option(names = "--tokens", paramLabel = "T", description = "tokens of a GPU (default: 8192)")
        private Integer tokens;

        @Option(
                names = SkewOption.NAME,
                paramLabel = "zipf:S",
                description = "Zipf exponent of the most uneven layer, written as for train (default: zipf:1.0)")
        private String forceSkew;

        @Override
        public Integer call() {
            List<Table> tables = isOwn() ? List.of(own()) : published();
            tables.forEach(each -> TableText.lines(each).forEach(System.out::println));
            if (json != null) {
                write(tables);
            }
            return (tables.stream().allMatch(Table::holds) ? ExitCode.OK : ExitCode.WRONG_RESULT).code();
        }

        private boolean isOwn() {
            List<Object> given = new ArrayList<>(Arrays.asList(gpus, nodes, experts, width, layers, tokens, forceSkew));
            given.removeIf(value -> value == null);
            if (!given.isEmpty() && table != null) {
                throw usage("--table and a cluster of your own exclude each other");
            }
            return !given.isEmpty();
        }

        private List<Table> published() {
            List<Choice> choices = ALL.equals(table) || table == null
                    ? List.of(Choice.values())
                    : Arrays.stream(Choice.values())
                            .filter(choice -> choice.label().equals(table))
                            .toList();
            if (choices.isEmpty()) {
                String allowed =
                        Arrays.stream(Choice.values()).map(Choice::label).collect(Collectors.joining(", "));
                throw usage("--table must be " + allowed + " or all, got \"" + table + "\"");
            }
            return choices.stream().map(choice -> choice.maker.apply(seed)).toList();
        }

        private Table own() {
            int ranks = or(gpus, USUAL.gpus());
            double exponent = forceSkew == null ? USUAL.skew() : exponent();
            try {
                return ScaleTable.of(
                        new ScaleTable.Question(
                                ranks,
                                or(nodes, Math.max(1, ranks / 8)),
                                or(experts, USUAL.experts()),
                                or(width, USUAL.width()),
                                or(layers, USUAL.layers()),
                                or(tokens, USUAL.tokensPerGpu()),
                                exponent),
                        seed);
            } catch (IllegalArgumentException e) {
                throw usage(e.getMessage());
            }
        }

        /** The simulator's loads drift by their own law. */
        private double exponent() {
            ForcedSkew skew = SkewOption.parse(forceSkew, spec.commandLine());
            if (skew.drift() != 0 || skew.order() != ForcedSkew.Order.SHUFFLED) {
                throw usage(SkewOption.NAME + ": \"" + forceSkew
                        + "\": simulated loads have a drift and an order of their own, allowed is zipf:S alone");
            }
            return skew.exponent();
        }

        private static int or(Integer given, int usual) {
            return given == null ? usual : given;
        }

        private void write(List<Table> tables) {
            ObjectMapper mapper = JsonMapper.builder().build();
            try {
                mapper.writerWithDefaultPrettyPrinter().writeValue(json.toFile(), tables);
            } catch (IOException e) {
                throw new LaunchException(
                        ExitCode.OUTPUT, "--json " + json + " cannot be written: " + e.getMessage(), e);
            }
        }

        private ParameterException usage(String message) {
            CommandLine line = spec.commandLine();
            return new ParameterException(line, message);
        }
    }
}
