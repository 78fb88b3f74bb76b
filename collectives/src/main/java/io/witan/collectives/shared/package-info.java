/**
 * The data path inside a node: memory that all ranks of the node map, rings of frames from each rank to each other, and
 * regions whose bytes are lent and read in place by the peers. Control frames, and everything between nodes, go over another
 * transport. One thread at a time uses a transport (the engine's lock); regions are made by any thread.
 */
package io.witan.collectives.shared;
