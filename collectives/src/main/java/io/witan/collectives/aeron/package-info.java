/**
 * Internal: the transport over Aeron, IPC inside a node and UDP between nodes. One exclusive publication for each (peer,
 * stream) and one subscription for each stream, so that a refused frame holds back its sender alone.
 */
package io.witan.collectives.aeron;
