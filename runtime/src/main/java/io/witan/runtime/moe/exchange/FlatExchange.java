package io.witan.runtime.moe.exchange;

import io.witan.collectives.Communicator;
import io.witan.runtime.moe.RowExchange;
import java.lang.foreign.MemorySegment;

/** Every rank sends to every rank. */
public record FlatExchange(Communicator communicator) implements RowExchange {
    @Override
    public void exchange(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        int rank = communicator.rank();
        long[] send = new long[communicator.size()];
        long[] receive = new long[communicator.size()];
        for (int r = 0; r < send.length; r++) {
            send[r] = counts.rows(rank, r) * rowBytes;
            receive[r] = counts.rows(r, rank) * rowBytes;
        }
        communicator.allToAllV(from, send, to, receive).await();
    }
}
