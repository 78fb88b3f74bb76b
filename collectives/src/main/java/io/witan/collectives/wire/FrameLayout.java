package io.witan.collectives.wire;

/** Byte offsets of a frame's header; all fields little-endian. The payload follows the header. */
public final class FrameLayout {
    public static final int MAGIC = 0x5749_5446;
    public static final int VERSION = 5;

    public static final int MAGIC_AT = 0;
    public static final int VERSION_AT = 4;
    public static final int TYPE_AT = 5;
    public static final int LANE_AT = 6;
    public static final int OPERATION_AT = 7;
    public static final int RUN_ID_AT = 8;
    public static final int SOURCE_AT = 16;
    public static final int TARGET_AT = 20;
    public static final int LAYER_AT = 24;
    public static final int PAYLOAD_BYTES_AT = 28;
    public static final int SEQUENCE_AT = 32;
    public static final int SIGNATURE_AT = 40;
    public static final int EXTENT_AT = 48;
    public static final int TOTAL_AT = 56;
    public static final int OFFSET_AT = 64;
    public static final int STEP_AT = 72;
    public static final int HEADER_BYTES = 80;

    private FrameLayout() {}
}
