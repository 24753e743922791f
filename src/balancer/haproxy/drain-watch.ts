import type { TargetKey } from '../data-plane.ts';

interface Watched {
  readonly key: TargetKey;
  deadlineMs: number | undefined;
  /** Who says that nothing is in flight any more. */
  readonly idle: Set<'haproxy' | 'embedded'>;
  reported: boolean;
}

const text = ({ targetGroupArn, id, port }: TargetKey): string => JSON.stringify([targetGroupArn, id, port]);

/** Targets that drain in two data planes at once: reported once, when neither has anything in flight to them. */
export class DrainWatch {
  readonly #targets = new Map<string, Watched>();

  drains(key: TargetKey, deadlineMs: number | undefined): void {
    const known = this.#targets.get(text(key));
    if (known === undefined) this.#targets.set(text(key), { key, deadlineMs, idle: new Set(), reported: false });
    else known.deadlineMs = deadlineMs;
  }

  /** It is registered again, or gone. */
  forget(key: TargetKey): void {
    this.#targets.delete(text(key));
  }

  /** Those that HAProxy may still have something in flight to. */
  get open(): readonly { readonly key: TargetKey; readonly deadlineMs: number | undefined }[] {
    return [...this.#targets.values()].filter(({ idle }) => !idle.has('haproxy'));
  }

  /** One data plane has nothing in flight to these, or their time is up there. @returns those to report now */
  idle(where: 'haproxy' | 'embedded', keys: readonly TargetKey[]): readonly TargetKey[] {
    const done: TargetKey[] = [];
    for (const key of keys) {
      const known = this.#targets.get(text(key));
      if (known === undefined || known.reported) continue;
      known.idle.add(where);
      if (known.idle.size < 2) continue;
      known.reported = true;
      done.push(known.key);
    }
    return done;
  }
}
