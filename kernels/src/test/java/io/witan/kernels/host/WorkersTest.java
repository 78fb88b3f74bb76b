package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {

    @Test
    void partsStayOnTheirThreads() {
        try (Workers workers = new Workers(3)) {
            Thread[] first = new Thread[3];
            workers.run(3, part -> first[part] = Thread.currentThread());
            assertThat(first).doesNotHaveDuplicates();
            assertThat(first[0]).isSameAs(Thread.currentThread());
            for (int i = 0; i < 20_000; i++) {
                Thread[] again = new Thread[3];
                workers.run(3, part -> again[part] = Thread.currentThread());
                assertThat(again).containsExactly(first);
                if (i % 4_000 == 0) {
                    LockSupport.parkNanos(2_000_000); // lets the workers park: both ways to wake are used
                }
            }
        }
    }

    @Test
    void aFailureOnAnyThreadReachesTheCallerAndTheRestStillRuns() {
        try (Workers workers = new Workers(3)) {
            for (int failing = 0; failing < 3; failing++) {
                int bad = failing;
                AtomicIntegerArray done = new AtomicIntegerArray(3);
                assertThatThrownBy(() -> workers.run(3, part -> {
                            if (part == bad) {
                                throw new ArithmeticException("part " + part);
                            }
                            done.set(part, 1);
                        }))
                        .isInstanceOf(bad == 0 ? ArithmeticException.class : KernelException.class)
                        .hasMessageContaining("part " + bad);
                assertThat(done.get((bad + 1) % 3) + done.get((bad + 2) % 3)).isEqualTo(2);
            }
            workers.run(3, part -> {});
        }
    }

    @Test
    void aSecondCallerIsRefused() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Workers workers = new Workers(1)) {
            Thread other = new Thread(() -> {
                try {
                    workers.serially(() -> {
                        inside.countDown();
                        try {
                            leave.await(30, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    });
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            });
            other.start();
            assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> workers.serially(() -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in use by another thread");
            leave.countDown();
            other.join(30_000);
            workers.serially(() -> {});
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void closeEndsTheThreadsAndIsFinal() {
        Thread[] threads = new Thread[2];
        Workers workers = new Workers(2);
        workers.run(2, part -> threads[part] = Thread.currentThread());
        workers.close();
        workers.close();
        assertThat(threads[1].isAlive()).isFalse();
        assertThatThrownBy(() -> workers.run(1, part -> {})).hasMessageContaining("closed");
        assertThatThrownBy(() -> new Workers(0)).hasMessageContaining("threads is 0");
    }
}
