import type { EpochMs } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** Sources that are remembered; beyond it all start afresh. */
const rememberedSources = 4096;

/** A token bucket for each address: one task's loop does not take metadata away from the others. */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; atMs: EpochMs }>();

  /** @returns false when this source asks too often */
  take(source: string, nowMs: EpochMs): boolean {
    if (this.#buckets.size > rememberedSources) this.#buckets.clear();
    const bucket = this.#buckets.get(source) ?? { tokens: limits.metadataBurst, atMs: nowMs };
    const refill = ((nowMs - bucket.atMs) / 1000) * limits.metadataRequestsPerSecond;
    const tokens = Math.min(limits.metadataBurst, bucket.tokens + refill);
    const allowed = tokens >= 1;
    this.#buckets.set(source, { tokens: allowed ? tokens - 1 : tokens, atMs: nowMs });
    return allowed;
  }
}
