package io.witan.collectives.aeron;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ReceiveChannelEndpointSupplier;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.aeron.driver.ext.RandomLossGenerator;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import java.util.concurrent.atomic.LongAdder;
import org.agrona.concurrent.status.AtomicCounter;

/** Receiving ends of a driver's UDP channels that lose datagrams. Made on the conductor's thread, used on the network's. */
public final class LossyEndpoints implements ReceiveChannelEndpointSupplier {
    private final LongAdder dropped = new LongAdder();
    private final LossGenerator arriving;
    private final LossGenerator leaving;

    /** @param rate share of the datagrams that is lost, each way */
    public LossyEndpoints(double rate, long seed) {
        this.arriving = counted(new RandomLossGenerator(rate, seed));
        this.leaving = counted(new RandomLossGenerator(rate, ~seed));
    }

    /** Datagrams lost so far. Any thread. */
    public long dropped() {
        return dropped.sum();
    }

    @Override
    public ReceiveChannelEndpoint newInstance(
            UdpChannel channel,
            DataPacketDispatcher dispatcher,
            AtomicCounter statusIndicator,
            MediaDriver.Context context) {
        return new DebugReceiveChannelEndpoint(channel, dispatcher, statusIndicator, context, arriving, leaving);
    }

    private LossGenerator counted(LossGenerator random) {
        return (address, buffer, lengthBytes) -> {
            boolean drops = random.shouldDropFrame(address, buffer, lengthBytes);
            if (drops) {
                dropped.increment();
            }
            return drops;
        };
    }
}
