package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Fatbins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FatbinsTest {
    @TempDir
    private Path folder;

    @AfterEach
    void noFolder() {
        System.clearProperty(Fatbins.FOLDER_SETTING);
    }

    @Test
    void thoseOfAFolderTakeThePlaceOfTheJars() throws IOException {
        assumeTrue(Fatbins.present(), Fatbins.build());
        byte[] ofTheJar = Fatbins.load("vector");
        byte[] other = {1, 2, 3};
        Files.write(folder.resolve("permute.fatbin"), other);
        System.setProperty(Fatbins.FOLDER_SETTING, folder.toString());
        assertThat(Fatbins.load("permute")).isEqualTo(other);
        assertThat(Fatbins.load("vector")).isEqualTo(ofTheJar);
    }

    @Test
    void aFolderThatIsNotThereIsSaid() {
        System.setProperty(Fatbins.FOLDER_SETTING, folder + "/none");
        assertThatThrownBy(() -> Fatbins.load("vector"))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessage("-Dwitan.cuda.fatbins=" + folder + "/none: no such folder");
    }
}
