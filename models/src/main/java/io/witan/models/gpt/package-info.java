/** GPT-style decoder whose FFNs are sparse MoE layers. */
package io.witan.models.gpt;
