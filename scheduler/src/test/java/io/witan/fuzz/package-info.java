/** What the fuzz tests of all modules share: seeded inputs, damage to them, and limits on time and memory. */
package io.witan.fuzz;
