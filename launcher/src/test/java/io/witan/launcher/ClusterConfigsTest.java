package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.witan.collectives.DataPath;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.ClusterFile;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.engine.EnginePlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import picocli.CommandLine;

/** Each of cluster-configs, held to what the program and the Kubernetes API understand. */
final class ClusterConfigsTest {
    private static final Path CONFIGS =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("cluster-configs");

    /** The model keeps fields that it does not know; here they are errors. */
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            })
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    @ParameterizedTest
    @CsvSource({"local-2,1,2", "local-4,1,4", "netns-2x2,2,4", "two-hosts-ssh,2,4"})
    void clusterFilesAreRead(String name, int nodes, int ranks) {
        Cluster cluster =
                ClusterFile.read(CONFIGS.resolve(name).resolve("cluster.yaml"), address -> address.startsWith("127."));
        assertThat(cluster.nodes()).hasSize(nodes);
        assertThat(cluster.worldSize()).isEqualTo(ranks);
        assertThat(cluster.nodes().stream().allMatch(NodeSpec::inProcess)).isEqualTo(nodes == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"slurm/train.sbatch", "slurm/train-srun.sbatch", "mpi/train.sh", "netns-2x2/namespaces.sh"})
    void scriptsAreShell(String name) throws Exception {
        Process check = new ProcessBuilder("bash", "-n", CONFIGS.resolve(name).toString())
                .inheritIO()
                .start();
        assertThat(check.waitFor()).isZero();
        String text = Files.readString(CONFIGS.resolve(name));
        int train = text.indexOf("/bin/witan\" train ");
        if (train >= 0) {
            Matcher options = Pattern.compile("--[a-z-]+").matcher(text.substring(train));
            List<String> used = new ArrayList<>();
            while (options.find()) {
                used.add(options.group());
            }
            assertThat(used).isNotEmpty();
            assertThat(train().getCommandSpec().optionsMap().keySet()).containsAll(used);
        }
    }

    private static CommandLine train() {
        return Launcher.commandLine(TestLauncher.composition()).getSubcommands().get("train");
    }

    private static <T> T manifest(Class<T> type) throws IOException {
        Iterable<Object> parts = new Yaml(new SafeConstructor(new LoaderOptions()))
                .loadAll(Files.readString(CONFIGS.resolve("kubernetes/train.yaml")));
        for (Object part : parts) {
            if (type.getSimpleName().equals(((Map<?, ?>) part).get("kind"))) {
                return STRICT.convertValue(part, type);
            }
        }
        throw new AssertionError("no " + type.getSimpleName());
    }

    @Test
    void theKubernetesManifestIsWhatTheProgramPlans() throws IOException {
        Job job = manifest(Job.class);
        PodSpec pod = job.getSpec().getTemplate().getSpec();
        Container container = pod.getContainers().getFirst();
        Map<String, String> environment =
                container.getEnv().stream().collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
        environment.put("JOB_COMPLETION_INDEX", "1");
        EnginePlace place =
                EnginePlace.of(environment, job.getMetadata().getName() + "-1").orElseThrow();
        assertThat(job.getSpec().getCompletionMode()).isEqualTo("Indexed");
        assertThat(job.getSpec().getCompletions()).isEqualTo(place.processes());
        assertThat(job.getSpec().getParallelism()).isEqualTo(place.processes());
        assertThat(job.getSpec().getBackoffLimit()).isZero();

        assertThat(container.getArgs().getFirst()).isEqualTo("train");
        CommandLine.ParseResult parsed = Launcher.commandLine(TestLauncher.composition())
                .parseArgs(container.getArgs().toArray(String[]::new))
                .subcommand();
        String launcher = place.others().getFirst() + "." + pod.getSubdomain();
        int port = Cluster.DEFAULT_PORT;
        assertThat(parsed.matchedOptionValue("--rendezvous", "")).isEqualTo(launcher + ":" + port);

        int ranks = place.processes() * place.ranks();
        assertThat(container.getPorts().stream()
                        .filter(open -> open.getProtocol().equals("UDP"))
                        .map(ContainerPort::getContainerPort))
                .containsExactlyElementsOf(java.util.stream.IntStream.range(port, port + ranks)
                        .boxed()
                        .toList());
        assertThat(container.getPorts())
                .filteredOn(open -> open.getProtocol().equals("TCP"))
                .singleElement()
                .matches(open -> open.getContainerPort() == port);

        Volume memory = volume(pod, container, "/dev/shm");
        assertThat(memory.getEmptyDir().getMedium()).isEqualTo("Memory");
        long needed = NodeDriver.sharedMemoryBytes(place.ranks(), ranks - place.ranks(), DataPath.SHARED_MEMORY);
        assertThat(Quantity.getAmountInBytes(memory.getEmptyDir().getSizeLimit())
                        .longValue())
                .as("planned: %d", needed)
                .isGreaterThan(2 * needed);
        String keyFolder =
                Path.of(environment.get("WITAN_KEY_FILE")).getParent().toString();
        assertThat(volume(pod, container, keyFolder).getSecret().getDefaultMode() & 07)
                .as("open to others")
                .isZero();
    }

    private static Volume volume(PodSpec pod, Container container, String path) {
        String name = container.getVolumeMounts().stream()
                .filter(mount -> mount.getMountPath().equals(path))
                .findFirst()
                .orElseThrow()
                .getName();
        return pod.getVolumes().stream()
                .filter(volume -> volume.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theServiceNamesThePodsOfTheJob() throws IOException {
        Service service = manifest(Service.class);
        Job job = manifest(Job.class);
        assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
        assertThat(service.getSpec().getPublishNotReadyAddresses()).isTrue();
        assertThat(service.getMetadata().getName())
                .isEqualTo(job.getSpec().getTemplate().getSpec().getSubdomain());
        assertThat(service.getSpec().getSelector())
                .containsExactly(Map.entry("job-name", job.getMetadata().getName()));
    }

    @Test
    void anUnknownFieldWouldBeFound() {
        assertThatThrownBy(() ->
                        STRICT.readValue("{\"spec\": {\"template\": {\"spec\": {\"subdomian\": \"x\"}}}}", Job.class))
                .isInstanceOf(UnrecognizedPropertyException.class)
                .hasMessageContaining("subdomian");
    }
}
