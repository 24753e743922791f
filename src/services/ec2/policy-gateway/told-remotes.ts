import type { RemoteChange, Underlay } from '../../../network-protocol/index.ts';
import type { PlacedOn } from '../ports.ts';
import { policyLimits } from './limits.ts';
import { Needs } from './needs.ts';
import type { PlacementsIndex } from './placements.ts';

/** The machines of all addresses in the VPCs that a machine has interfaces in. */
export class ToldRemotes {
  readonly #placements: PlacementsIndex;
  readonly #needs = new Needs();
  /** By VPC: addresses whose machine is another than was told; undefined: it has to be told of all. */
  readonly #waiting = new Map<string, Set<string> | undefined>();

  constructor(placements: PlacementsIndex) {
    this.#placements = placements;
  }

  /** An interface was in a VPC, and is in another now. */
  move(before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    const touched = new Set<string>();
    this.#needs.move(before === undefined ? [] : [before], after === undefined ? [] : [after], touched);
    for (const vpcId of touched) {
      if (!this.#needs.has(vpcId)) this.#waiting.delete(vpcId);
      else if (!this.#waiting.has(vpcId)) this.#waiting.set(vpcId, undefined);
    }
  }

  changed(vpcId: string, address: string): void {
    const waiting = this.#waiting.get(vpcId);
    if (waiting === undefined) return;
    waiting.add(address);
    if (waiting.size > policyLimits.waitingPlacements) this.#waiting.set(vpcId, undefined);
  }

  /** What the machine has to be told now; it counts as told. */
  take(): readonly RemoteChange[] {
    const changes: RemoteChange[] = [];
    for (const [vpcId, waiting] of this.#waiting) {
      if (waiting?.size === 0) continue;
      this.#waiting.set(vpcId, new Set());
      if (waiting === undefined) {
        const at = grouped(this.#placements.ofVpc(vpcId));
        changes.push({ vpcId, whole: true, at, gone: [] });
        continue;
      }
      const placed = [...waiting].map((address) => [address, this.#placements.machine(vpcId, address)] as const);
      const present = placed.flatMap(([address, machine]) =>
        machine === undefined ? [] : [[address, machine] as const],
      );
      const gone = placed.flatMap(([address, machine]) => (machine === undefined ? [address] : []));
      changes.push({ vpcId, whole: false, at: grouped(present), gone });
    }
    return changes;
  }
}

function grouped(placed: Iterable<readonly [address: string, machine: PlacedOn]>): RemoteChange['at'] {
  const machines = new Map<string, { readonly machine: Underlay; readonly addresses: string[] }>();
  for (const [address, { underlay: machine }] of placed) {
    const key = `${machine.address} ${machine.vxlan}`;
    const known = machines.get(key);
    if (known === undefined) machines.set(key, { machine, addresses: [address] });
    else known.addresses.push(address);
  }
  return [...machines.values()];
}
