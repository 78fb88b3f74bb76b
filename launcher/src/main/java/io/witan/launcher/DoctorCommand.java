package io.witan.launcher;

import io.witan.launcher.doctor.Check;
import io.witan.launcher.doctor.Doctor;
import io.witan.launcher.doctor.FactsReader;
import io.witan.launcher.process.SharedMemory;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Checks this machine and says how to mend what is wrong. Exit code 3 if a check fails.")
final class DoctorCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        List<Check> checks = Doctor.examine(FactsReader.read(SharedMemory.parent()));
        System.out.print(Doctor.table(checks));
        return Doctor.verdict(checks).code();
    }
}
