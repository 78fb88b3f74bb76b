package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.ResidentSize;

/** Lines of memory as JSON. */
final class MemoryJson {
    static final String KIND_KEY = "memory_resident_bytes";

    private MemoryJson() {}

    static void write(MemoryReport report, ObjectNode json) {
        MemoryParts parts = report.parts();
        ResidentSize resident = report.resident();
        json.put("rank", report.rank());
        json.put("memory_parameters_bytes", parts.parameters());
        json.put("memory_gradients_bytes", parts.gradients());
        json.put("memory_optimizer_bytes", parts.optimizer());
        json.put("memory_activations_bytes", parts.activations());
        json.put("memory_scratch_bytes", parts.scratch());
        json.put("memory_transport_bytes", parts.transport());
        json.put("memory_jvm_bytes", parts.jvm());
        json.put("memory_copies_bytes", report.copies().parameterBytes());
        json.put("memory_copy_gradients_bytes", report.copies().gradientBytes());
        json.put("memory_copies_and_gradients_bytes", report.copies().bytes());
        json.put(KIND_KEY, resident.bytes());
        json.put("memory_resident_file_bytes", resident.fileBytes());
        json.put("memory_resident_shared_bytes", resident.sharedBytes());
        json.put("memory_resident_peak_bytes", resident.peakBytes());
    }

    static MemoryMetrics read(long step, ObjectNode json) {
        MemoryParts parts = new MemoryParts(
                MetricsJson.whole(json, "memory_parameters_bytes"),
                MetricsJson.whole(json, "memory_gradients_bytes"),
                MetricsJson.whole(json, "memory_optimizer_bytes"),
                MetricsJson.whole(json, "memory_activations_bytes"),
                MetricsJson.whole(json, "memory_scratch_bytes"),
                MetricsJson.whole(json, "memory_transport_bytes"),
                MetricsJson.whole(json, "memory_jvm_bytes"));
        CopyMemory copies = new CopyMemory(
                sinceCopies(json, "memory_copies_bytes"),
                sinceCopies(json, "memory_copy_gradients_bytes"),
                sinceCopies(json, "memory_copies_and_gradients_bytes"));
        ResidentSize resident = new ResidentSize(
                MetricsJson.whole(json, KIND_KEY),
                MetricsJson.whole(json, "memory_resident_file_bytes"),
                MetricsJson.whole(json, "memory_resident_shared_bytes"),
                MetricsJson.whole(json, "memory_resident_peak_bytes"));
        int rank = MetricsJson.count(json, "rank");
        return new MemoryMetrics(step, new MemoryReport(rank, parts, copies, resident));
    }

    /** Lines of earlier versions have no such key. */
    private static long sinceCopies(ObjectNode json, String key) {
        return json.has(key) ? MetricsJson.whole(json, key) : 0;
    }
}
