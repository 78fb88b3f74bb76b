package io.witan.launcher.rendezvous;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** The end of a connection over which some bytes come, and then its end; what is written goes nowhere. */
class ReplayedSocket extends Socket {
    private final InputStream in;

    ReplayedSocket(byte[] bytes) {
        this.in = new ByteArrayInputStream(bytes);
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public void setSoTimeout(int timeoutMs) {}
}
