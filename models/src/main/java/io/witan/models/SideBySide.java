package io.witan.models;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The same work on several threads at once, which share caches and memory as the ranks of a node do.
 *
 * @param threads 1 or more
 */
record SideBySide(int threads) {
    /** @return what each thread's work gave */
    <T> List<T> run(Callable<T> work) {
        List<T> results = new ArrayList<>();
        try (ExecutorService all = Executors.newFixedThreadPool(threads)) {
            for (Future<T> one : all.invokeAll(Collections.nCopies(threads, work))) {
                results.add(one.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ranks of a node were measured", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
        return results;
    }
}
