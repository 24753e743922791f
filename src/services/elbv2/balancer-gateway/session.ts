import type { BalancerReport, ConfigMessage } from '../../../balancer-protocol/index.ts';
import type { Cancel, Clock, Log } from '../../../kernel/index.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { presentRows } from '../core.ts';
import type { Certificates } from '../ports.ts';
import { listeners } from '../records/listener.ts';
import { loadBalancerArn, loadBalancers, parseLoadBalancerArn } from '../records/load-balancer.ts';
import type { TargetHealthRecord } from '../records/target.ts';
import { loadBalancerOf } from '../references.ts';
import { gatewayLimits } from './limits.ts';
import { readReport } from './read-report.ts';
import { renderLoadBalancer, renderTargetGroup } from './render.ts';

export interface SessionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly certificates: Certificates;
}

export interface SessionListener {
  onReport(report: Exclude<BalancerReport, { readonly type: 'applied' }>): void;
  /** The data plane follows the configuration of these load balancers. */
  onApplied(loadBalancerArns: readonly string[]): void;
  /** Called once. */
  onEnd(): void;
}

/** What goes out for a kind of thing: those that changed, and those the data plane was told of. */
class Outgoing {
  readonly dirty = new Set<string>();
  readonly known = new Set<string>();

  /** Renders what changed; what is gone is named when the data plane knew it. */
  take<Config>(render: (arn: string) => Config | undefined): {
    readonly present: readonly Config[];
    readonly removed: readonly string[];
  } {
    const present: Config[] = [];
    const removed: string[] = [];
    for (const arn of this.dirty) {
      const config = render(arn);
      if (config !== undefined) {
        present.push(config);
        this.known.add(arn);
      } else if (this.known.delete(arn)) removed.push(arn);
    }
    this.dirty.clear();
    return { present, removed };
  }
}

/**
 * One data plane's connection: everything first, then what changed, as it is when it is sent. Changes of one turn go together; while the data plane
 * does not keep up, changes wait and become one.
 */
export class BalancerSession {
  /** Its last word on each target, by the target's key. */
  readonly health = new Map<string, TargetHealthRecord>();
  /** Keys of draining targets that have nothing in flight here. */
  readonly drained = new Set<string>();
  /** Listeners it could not open, by ARN, and why. */
  readonly problems = new Map<string, string>();
  readonly #socket: Socket;
  readonly #deps: SessionDeps;
  readonly #loadBalancers = new Outgoing();
  readonly #targetGroups = new Outgoing();
  /** Load balancers named by messages that are not applied yet, by sequence. */
  readonly #unapplied = new Map<number, readonly string[]>();
  #listener: SessionListener | undefined;
  #sequence = 0;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(socket: Socket, deps: SessionDeps) {
    this.#socket = socket;
    this.#deps = deps;
  }

  open(listener: SessionListener): void {
    this.#listener = listener;
    this.#socket.listen({
      onText: (text) => this.#receive(text),
      onClose: () => {
        this.#closed = true;
        this.#cancel?.();
        listener.onEnd();
      },
    });
    const { db } = this.#deps;
    const table = db.table(loadBalancers);
    for (const value of table.values('scope')) {
      for (const key of table.keys('scope', value)) {
        const row = table.get(key)?.row;
        if (row !== undefined) this.#loadBalancers.dirty.add(loadBalancerArn(row));
      }
    }
    for (const arn of db.table(listeners).values('targetGroup')) this.#targetGroups.dirty.add(arn);
    this.#send();
  }

  loadBalancerChanged(arn: string): void {
    this.#loadBalancers.dirty.add(arn);
    this.#sendSoon(0);
  }

  targetGroupChanged(arn: string): void {
    this.#targetGroups.dirty.add(arn);
    this.#sendSoon(0);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #sendSoon(delayMs: number): void {
    if (this.#closed || this.#cancel !== undefined) return;
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#send();
    });
  }

  #send(): void {
    if (this.#closed || this.#unapplied.size >= gatewayLimits.unapplied) return;
    if (this.#socket.bufferedBytes > gatewayLimits.bufferedBytes) {
      this.#sendSoon(gatewayLimits.retryMs);
      return;
    }
    const message = this.#nextMessage();
    if (message === undefined) return;
    this.#unapplied.set(
      message.sequence,
      message.loadBalancers.map(({ arn }) => arn),
    );
    this.#socket.send(JSON.stringify(message));
  }

  #nextMessage(): ConfigMessage | undefined {
    const { db, certificates } = this.#deps;
    const balancers = this.#loadBalancers.take((arn) => {
      const name = parseLoadBalancerArn(arn);
      const row = name && loadBalancerOf(presentRows(db), name);
      return row && renderLoadBalancer(db, certificates, row);
    });
    const groups = this.#targetGroups.take((arn) => renderTargetGroup(db, arn));
    const complete = this.#sequence === 0;
    const changes = balancers.present.length + balancers.removed.length + groups.present.length + groups.removed.length;
    if (changes === 0 && !complete) return undefined;
    this.#sequence += 1;
    return {
      type: 'config',
      complete,
      sequence: this.#sequence,
      loadBalancers: balancers.present,
      removedLoadBalancers: balancers.removed,
      targetGroups: groups.present,
      removedTargetGroups: groups.removed,
    };
  }

  #receive(text: string): void {
    const report = readReport(text);
    if (report === undefined) {
      this.#deps.log.warn('a data plane sent what is no report; its connection is closed', {
        text: text.slice(0, 200),
      });
      this.close(1008, 'not a report');
      return;
    }
    if (report.type === 'applied') this.#applied(report.sequence);
    else this.#listener?.onReport(report);
  }

  #applied(sequence: number): void {
    const arns: string[] = [];
    for (const [sent, named] of this.#unapplied) {
      if (sent > sequence) continue;
      arns.push(...named);
      this.#unapplied.delete(sent);
    }
    this.#listener?.onApplied(arns);
    this.#sendSoon(0);
  }
}
