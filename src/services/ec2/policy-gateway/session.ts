import type { PolicyMessage, Underlay } from '../../../network-protocol/index.ts';
import type { Cancel, Clock, Log } from '../../../kernel/index.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import type { MemberChange } from './group-members.ts';
import { policyLimits } from './limits.ts';
import { MachinePicture, type PictureDeps } from './machine-picture.ts';
import { readReport } from './read-report.ts';

export interface SessionDeps extends PictureDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Where the interfaces of load balancers are; absent: this machine may not say so. */
  readonly nodesAt?: ((underlay: Underlay) => void) | undefined;
}

/**
 * One machine's connection. Changes of one turn go together; while the machine does not keep up, changes wait and become one.
 */
export class PolicySession {
  readonly #socket: Socket;
  readonly #deps: SessionDeps;
  readonly #picture: MachinePicture;
  readonly #unapplied = new Set<number>();
  #sequence = 0;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(socket: Socket, deps: SessionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#picture = new MachinePicture(deps);
  }

  /** @param onEnd called once */
  open(onEnd: () => void): void {
    this.#socket.listen({
      onText: (text) => this.#receive(text),
      onClose: () => {
        this.#closed = true;
        this.#cancel?.();
        this.#picture.close();
        onEnd();
      },
    });
  }

  changed(id: string): void {
    this.#picture.changed(id);
    this.#sendSoon(0);
  }

  routesChanged(vpcId: string): void {
    this.#picture.routesChanged(vpcId);
    this.#sendSoon(0);
  }

  membersChanged(change: MemberChange): void {
    this.#picture.membersChanged(change);
    this.#sendSoon(0);
  }

  placementChanged(vpcId: string, address: string): void {
    this.#picture.placementChanged(vpcId, address);
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
    if (this.#closed || this.#unapplied.size >= policyLimits.unapplied) return;
    if (this.#socket.bufferedBytes > policyLimits.bufferedBytes) {
      this.#sendSoon(policyLimits.retryMs);
      return;
    }
    const changes = this.#picture.next();
    if (changes !== undefined) {
      this.#sequence += 1;
      this.#unapplied.add(this.#sequence);
      const message: PolicyMessage = { type: 'policy', sequence: this.#sequence, ...changes };
      this.#socket.send(JSON.stringify(message));
    }
    if (this.#picture.hasMore) this.#sendSoon(0);
  }

  #receive(text: string): void {
    const report = readReport(text);
    if (report === undefined) {
      this.#deps.log.warn('a machine sent what is no report; its connection is closed', { text: text.slice(0, 200) });
      this.close(1008, 'not a report');
      return;
    }
    if (report.type === 'nodes') {
      if (this.#deps.nodesAt === undefined) this.close(1008, 'load balancers are not on this machine');
      else this.#deps.nodesAt(report.underlay);
      return;
    }
    if (report.type === 'applied') {
      for (const sent of this.#unapplied) if (sent <= report.sequence) this.#unapplied.delete(sent);
    } else {
      for (const id of report.remove) this.#picture.unwatch(id);
      for (const id of report.add) this.#picture.watch(id);
      if (this.#picture.size > policyLimits.interfaces) {
        this.close(1008, `more than ${policyLimits.interfaces} interfaces are watched`);
        return;
      }
    }
    this.#sendSoon(0);
  }
}
