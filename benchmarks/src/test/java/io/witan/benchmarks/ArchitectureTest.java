package io.witan.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.stream.Stream;

/** The arrows of docs/architecture.md. */
@AnalyzeClasses(packages = "io.witan", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String SCHEDULER = "io.witan.scheduler..";
    private static final String COLLECTIVES = "io.witan.collectives..";
    private static final String KERNELS = "io.witan.kernels..";
    private static final String RUNTIME = "io.witan.runtime..";
    private static final String MODELS = "io.witan.models..";
    private static final String LAUNCHER = "io.witan.launcher..";
    private static final String BENCHMARKS = "io.witan.benchmarks..";
    private static final String AERON = "io.aeron..";
    private static final String AGRONA = "org.agrona..";

    @ArchTest
    static final ArchRule schedulerDecidesAndDoesNothing = noClasses()
            .that()
            .resideInAPackage(SCHEDULER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    COLLECTIVES,
                    KERNELS,
                    RUNTIME,
                    MODELS,
                    LAUNCHER,
                    AERON,
                    AGRONA,
                    "java.io..",
                    "java.nio..",
                    "java.net..");

    @ArchTest
    static final ArchRule schedulerHasNoClock = noClasses()
            .that()
            .resideInAPackage(SCHEDULER)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.time..");

    /** Nodes' clocks need not agree; RunDirectory looks at files of its own node. */
    @ArchTest
    static final ArchRule noDecisionHangsOnTheTimeOfDay = noClasses()
            .that(insideAny(COLLECTIVES, KERNELS, RUNTIME, MODELS))
            .and()
            .doNotHaveSimpleName("RunDirectory")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(LocalDateTime.class, "now");

    @ArchTest
    static final ArchRule collectivesKnowPlansOnly = noClasses()
            .that()
            .resideInAPackage(COLLECTIVES)
            .should()
            .dependOnClassesThat(insideAny(KERNELS, RUNTIME, MODELS, LAUNCHER, BENCHMARKS)
                    .or(inside("io.witan.scheduler").and(DescribedPredicate.not(inside("io.witan.scheduler.plan")))));

    @ArchTest
    static final ArchRule kernelsStandAlone = noClasses()
            .that()
            .resideInAPackage(KERNELS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SCHEDULER, COLLECTIVES, RUNTIME, MODELS, LAUNCHER, BENCHMARKS, AERON, AGRONA);

    @ArchTest
    static final ArchRule runtimeSeesNoTransportAndNoDevice = noClasses()
            .that()
            .resideInAPackage(RUNTIME)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(MODELS, LAUNCHER, BENCHMARKS, AERON, AGRONA, "jcuda..");

    @ArchTest
    static final ArchRule modelsSitOnTheRuntime = noClasses()
            .that()
            .resideInAPackage(MODELS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(LAUNCHER, BENCHMARKS, AERON, AGRONA);

    @ArchTest
    static final ArchRule nothingImportsBenchmarks = noClasses()
            .that()
            .resideOutsideOfPackage(BENCHMARKS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(BENCHMARKS);

    @ArchTest
    static final ArchRule noAeronTypeInAPublicSignature = codeUnits()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAPackage("io.witan.collectives")
            .should(new ArchCondition<>("name no Aeron or Agrona type") {
                @Override
                public void check(JavaCodeUnit unit, ConditionEvents events) {
                    Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
                            .filter(inside("io.aeron").or(inside("org.agrona")))
                            .forEach(type -> events.add(
                                    SimpleConditionEvent.violated(unit, unit.getFullName() + " names " + type)));
                }
            });

    @ArchTest
    static final ArchRule jcudaStaysInKernels = noClasses()
            .that()
            .resideOutsideOfPackage(KERNELS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jcuda..");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("io.witan.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noMutableStatics =
            fields().that().areStatic().should().beFinal();

    private static DescribedPredicate<JavaClass> inside(String packageName) {
        return new DescribedPredicate<>("in " + packageName) {
            @Override
            public boolean test(JavaClass type) {
                return type.getPackageName().equals(packageName)
                        || type.getPackageName().startsWith(packageName + ".");
            }
        };
    }

    private static DescribedPredicate<JavaClass> insideAny(String... packages) {
        DescribedPredicate<JavaClass> any = inside(packages[0].replace("..", ""));
        for (String name : packages) {
            any = any.or(inside(name.replace("..", "")));
        }
        return any;
    }
}
