import type { TargetKey } from '../data-plane.ts';
import { limits } from '../limits.ts';
import { targetKey, type GroupChange, type Target, type TargetGroup } from '../model/target-group.ts';
import { DrainWatch } from './drain-watch.ts';
import type { HaproxyListeners } from './haproxy-listeners.ts';
import { serverName } from './servers.ts';

export interface InFlightOptions {
  readonly listeners: HaproxyListeners;
  group(arn: string): TargetGroup<null> | undefined;
  onDrained(targets: readonly TargetKey[]): void;
  nowMs(): number;
}

/** What HAProxy has in flight, read where it matters: for targets that drain, and for those that somebody asked about. */
export class InFlight {
  readonly #options: InFlightOptions;
  readonly #watch = new DrainWatch();
  readonly #wantedUntilMs = new Map<string, number>();

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  /** Takes what changed about a group's targets. */
  follow(group: TargetGroup<null>, { removed, draining }: GroupChange<null>): void {
    for (const target of removed) this.#watch.forget(keyOf(target));
    for (const target of draining) this.#watch.drains(keyOf(target), target.config.drainDeadlineMs);
    for (const target of group.targets.values())
      if (target.config.state === 'registered') this.#watch.forget(keyOf(target));
  }

  embeddedIdle(targets: readonly TargetKey[]): void {
    this.#report(this.#watch.idle('embedded', targets));
  }

  /** As it was last read. */
  of({ targetGroupArn, id, port }: TargetKey): number {
    this.#wantedUntilMs.set(targetGroupArn, this.#options.nowMs() + limits.inFlightInterestMs);
    return this.#options.group(targetGroupArn)?.targets.get(targetKey(id, port))?.inFlight ?? 0;
  }

  async sweep(): Promise<void> {
    const { listeners, group, nowMs } = this.#options;
    const open = this.#watch.open;
    const arns = new Set(open.map(({ key }) => key.targetGroupArn));
    for (const [arn, untilMs] of this.#wantedUntilMs) {
      if (untilMs < nowMs()) this.#wantedUntilMs.delete(arn);
      else arns.add(arn);
    }
    if (arns.size === 0) return;
    const counts = await listeners.current(arns);
    for (const arn of arns)
      for (const target of group(arn)?.targets.values() ?? [])
        target.inFlight = counts.get(serverName(target, listeners.names)) ?? 0;
    const idle: TargetKey[] = [];
    for (const { key, deadlineMs } of open) {
      const target = group(key.targetGroupArn)?.targets.get(targetKey(key.id, key.port));
      const late = deadlineMs !== undefined && deadlineMs <= nowMs();
      if (!late && target !== undefined && target.inFlight > 0) continue;
      idle.push(key);
      if (late && target !== undefined && target.inFlight > 0) await this.#atDeadline(target);
    }
    this.#report(this.#watch.idle('haproxy', idle));
  }

  /** Requests end with their target's time; connections only where that is asked for. */
  async #atDeadline(target: Target<null>): Promise<void> {
    const config = this.#options.group(target.groupArn)?.config;
    const http = config?.protocol === 'HTTP' || config?.protocol === 'HTTPS';
    if (!http && config?.closeOnDeregistration !== true) return;
    await this.#options.listeners.endAll(target.groupArn, serverName(target, this.#options.listeners.names));
  }

  #report(targets: readonly TargetKey[]): void {
    if (targets.length > 0) this.#options.onDrained(targets);
  }
}

function keyOf({ groupArn, config: { id, port } }: Target<null>): TargetKey {
  return { targetGroupArn: groupArn, id, port };
}
