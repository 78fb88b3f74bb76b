package io.witan.collectives;

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
final class LossyEndpoints implements ReceiveChannelEndpointSupplier {
    private final LongAdder dropped = new LongAdder();
    private final LossGenerator arriving;
    private final LossGenerator leaving;

    LossyEndpoints(Loss loss) {
        this.arriving = counted(new RandomLossGenerator(loss.rate(), loss.seed()));
        this.leaving = counted(new RandomLossGenerator(loss.rate(), ~loss.seed()));
    }

    /** Datagrams lost so far. Any thread. */
    long dropped() {
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
