package io.witan.runtime.moe.exchange;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.collectives.Parts;
import io.witan.runtime.moe.RowExchange;
import java.lang.foreign.MemorySegment;

/** Every rank sends to every rank. */
public record FlatExchange(Communicator communicator) implements RowExchange {
    @Override
    public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        int rank = communicator.rank();
        int ranks = communicator.size();
        Parts send = new Parts(new long[ranks], new long[ranks]);
        Parts receive = new Parts(new long[ranks], new long[ranks]);
        for (int r = 0; r < ranks; r++) {
            send.at()[r] = counts.sentFrom(r) * rowBytes;
            send.bytes()[r] = counts.rows(rank, r) * rowBytes;
            receive.at()[r] = counts.receivedFrom(r) * rowBytes;
            receive.bytes()[r] = counts.rows(r, rank) * rowBytes;
        }
        Handle handle = communicator.allToAllV(from, send, to, receive);
        return new Sent(handle);
    }

    private record Sent(Handle handle) implements Transit {
        @Override
        public boolean isReady() {
            return handle.isDone();
        }

        @Override
        public void await() {
            handle.await();
        }
    }
}
