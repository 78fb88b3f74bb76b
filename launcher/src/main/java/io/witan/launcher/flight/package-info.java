/**
 * Flight records: what each rank's last collective operations were when the run failed. {@link io.witan.launcher.flight.FlightFile} writes
 * and reads one a rank, {@link io.witan.launcher.flight.FlightReport} compares those of all ranks. One thread.
 */
package io.witan.launcher.flight;
