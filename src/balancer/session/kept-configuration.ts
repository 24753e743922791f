import type { ConfigMessage, LoadBalancerConfig, TargetGroupConfig } from '../../balancer-protocol/index.ts';
import { messageOf, type Cancel, type Clock, type Log } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** Where one text outlives the process. Private keys are in it: nobody else may read it. */
export interface KeptText {
  /** undefined: nothing was kept. */
  read(): string | undefined;
  /** Whole or not at all, even over a crash. */
  write(text: string): void;
}

export interface KeptConfigurationOptions {
  readonly kept: KeptText;
  /** Whose configuration it is; another control plane's is not served. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly log: Log;
}

const version = 1;

/** The last configuration as a whole: a data plane that starts while the control plane is away serves it until that is back. */
export class KeptConfiguration {
  readonly #options: KeptConfigurationOptions;
  readonly #loadBalancers = new Map<string, LoadBalancerConfig>();
  readonly #targetGroups = new Map<string, TargetGroupConfig>();
  #cancelWrite: Cancel | undefined;

  constructor(options: KeptConfigurationOptions) {
    this.#options = options;
  }

  /** What was kept last; undefined where that is nothing, another control plane's, or cannot be read. */
  read(): ConfigMessage | undefined {
    const { kept, endpoint, log } = this.#options;
    try {
      const text = kept.read();
      if (text === undefined) return undefined;
      const found = JSON.parse(text) as Record<string, unknown>;
      if (found['version'] !== version || found['endpoint'] !== endpoint) return undefined;
      const { loadBalancers, targetGroups } = found as unknown as ConfigMessage;
      if (!Array.isArray(loadBalancers) || !Array.isArray(targetGroups)) return undefined;
      const nothing = { removedLoadBalancers: [], removedTargetGroups: [] };
      return { type: 'config', complete: true, sequence: 0, loadBalancers, targetGroups, ...nothing };
    } catch (error) {
      log.warn('the configuration of before cannot be read; load balancers wait for the control plane', {
        error: messageOf(error),
      });
      return undefined;
    }
  }

  /** Takes a message that is at work, and keeps what it comes to: soon, so that many changes are one write. */
  take(message: ConfigMessage): void {
    merge(this.#loadBalancers, message.complete, message.loadBalancers, message.removedLoadBalancers);
    merge(this.#targetGroups, message.complete, message.targetGroups, message.removedTargetGroups);
    this.#cancelWrite ??= this.#options.clock.after(limits.keepConfigurationMs, () => this.#write());
  }

  #write(): void {
    this.#cancelWrite = undefined;
    const { kept, endpoint, log } = this.#options;
    const [loadBalancers, targetGroups] = [[...this.#loadBalancers.values()], [...this.#targetGroups.values()]];
    try {
      kept.write(JSON.stringify({ version, endpoint, loadBalancers, targetGroups }));
    } catch (error) {
      log.warn('the configuration is not kept for the next start', { error: messageOf(error) });
    }
  }

  close(): void {
    if (this.#cancelWrite === undefined) return;
    this.#cancelWrite();
    this.#write();
  }
}

function merge<Config extends { readonly arn: string }>(
  known: Map<string, Config>,
  complete: boolean,
  named: readonly Config[],
  removed: readonly string[],
): void {
  if (complete) known.clear();
  for (const arn of removed) known.delete(arn);
  for (const one of named) known.set(one.arn, one);
}
