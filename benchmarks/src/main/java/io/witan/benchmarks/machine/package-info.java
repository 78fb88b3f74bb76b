/** What a report says of the machine and the JVM that it was measured on. */
package io.witan.benchmarks.machine;
