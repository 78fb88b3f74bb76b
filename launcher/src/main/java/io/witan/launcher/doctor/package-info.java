/**
 * Looks at the machine: {@link io.witan.launcher.doctor.FactsReader} reads facts, {@link io.witan.launcher.doctor.Doctor}
 * judges them (a pure function) and says how to mend what is wrong, {@link io.witan.launcher.doctor.Preflight} is the part
 * that every run needs. Stateless; any thread.
 */
package io.witan.launcher.doctor;
