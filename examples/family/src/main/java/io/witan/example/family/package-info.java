/** A family of models of one's own, trained as the built-in ones are. Thread rule: everything runs on the thread that calls. */
package io.witan.example.family;
