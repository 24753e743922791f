import type { Candidate } from './candidate.ts';
import type { Check, Reason, Requirements } from './checks.ts';
import { checks } from './checks.ts';
import { launchTypes } from './instance-pool.ts';
import type { InstancePool } from './instance-pool.ts';
import { maxFailures } from './limits.ts';
import type { Ranking, Strategy } from './strategies.ts';
import { rank } from './strategies.ts';

export interface RankedRequirements extends Requirements {
  /** Empty: at random. */
  readonly strategies: readonly Strategy[];
}

export interface PlacementRequest extends RankedRequirements {
  /** In [0, 1): settles what the strategies leave equal. */
  readonly chance: number;
}

/** Why one container instance cannot take the task. */
export interface PlacementFailure extends Reason {
  readonly instanceKey: string;
}

export type Placement =
  | {
      /** Key of the container instance. */
      readonly placed: string;
      /** Zones the task may be in there; with `request.zones`, of those. */
      readonly zones: readonly string[];
    }
  | {
      /** One of each candidate, at most `maxFailures`. */
      readonly failures: readonly PlacementFailure[];
      /** No ACTIVE instance of the launch type is there at all. */
      readonly noInstances: boolean;
    };

/** What RunTask answers, as InvalidParameterException, when a cluster has no ACTIVE instance. */
export const noContainerInstances = 'No Container Instances were found in your cluster.';

const remembered = checks.filter((check) => !check.dependsOnTasks);
// CPU and memory are compared in the columns.
const changing = checks.filter((check) => check.dependsOnTasks && check.name !== 'cpu' && check.name !== 'memory');

/** Finds the container instance for one task. Changes nothing; the same request and pool give the same answer. */
export function place(request: PlacementRequest, pool: InstancePool): Placement {
  return placer(request, pool)(request.chance);
}

/** `place` for the tasks of one request, each with its own chance; between them only what tasks take of the pool may change. */
export function placer(request: RankedRequirements, pool: InstancePool): (chance: number) => Placement {
  const canTake = fullCheck(request, pool);
  return (chance) => {
    const slot = findBest(request, pool, { chance, canTake });
    const best = slot < 0 ? undefined : pool.at(slot);
    return best === undefined ? explainFailure(request, pool) : placedOn(best, request);
  };
}

/** Places one task on the instance it names, as StartTask: no launch type, strategy or chance matters, only whether the instance can take it. */
export function placeOn(request: Requirements, pool: InstancePool, instanceKey: string): Placement {
  const candidate = pool.get(instanceKey);
  const fail = (reason: string, detail: string): Placement => ({
    failures: [{ instanceKey, reason, detail }],
    noInstances: false,
  });
  if (candidate?.record === undefined) return fail('MISSING', 'the cluster has no such container instance');
  if (candidate.record.status !== 'ACTIVE')
    return fail('INACTIVE', `the container instance is ${candidate.record.status}, not ACTIVE`);
  const failed = failedCheck(candidate, request);
  if (failed === undefined) return placedOn(candidate, request);
  const { reason, detail } = failed.explain(candidate, request);
  return fail(reason, detail);
}

/** Whether tasks of this kind belong on an instance, whatever is free there and whether its agent is connected: what DAEMON counts. */
export function belongsOn(request: Requirements, pool: InstancePool, instanceKey: string): boolean {
  const candidate = pool.get(instanceKey);
  if (candidate === undefined || pool.readiness[candidate.slot] !== launchTypes[request.launchType]) return false;
  return remembered.every((check) => check.name === 'agent' || check.check(candidate, request));
}

function placedOn(candidate: Candidate, { zones }: Requirements): Placement {
  return {
    placed: candidate.key,
    zones: zones === undefined ? candidate.zones : candidate.zones.filter((zone) => zones.includes(zone)),
  };
}

/**
 * The slot of the best instance that can take the task; -1 when none can. One pass: an instance that has room and ranks above the best so far is checked in full,
 * any other is passed over after a few comparisons of numbers.
 */
function findBest(
  request: RankedRequirements,
  pool: InstancePool,
  { chance, canTake }: { readonly chance: number; readonly canTake: (slot: number) => boolean },
): number {
  const { readiness, freeCpuUnits, freeMemoryMiB, slotCount } = pool;
  const { cpuUnits, memoryMiB } = request.resources;
  const wanted = launchTypes[request.launchType];
  const rankings = rank(request.strategies, pool, request.group);
  const [first, ...rest] = rankings;
  const seed = Math.floor(chance * 2 ** 32);
  let best = -1;
  let bestNumber = Infinity;
  for (let slot = 0; slot < slotCount; slot++) {
    if (readiness[slot] !== wanted) continue;
    const number = first === undefined ? 0 : (first.numbers[first.index[slot] as number] as number);
    if (number > bestNumber) continue;
    if ((freeCpuUnits[slot] as number) < cpuUnits || (freeMemoryMiB[slot] as number) < memoryMiB) continue;
    if (number === bestNumber && !ranksAbove(slot, best, rest, seed)) continue;
    if (!canTake(slot)) continue;
    best = slot;
    bestNumber = number;
  }
  return best;
}

function ranksAbove(slot: number, other: number, rankings: readonly Ranking[], seed: number): boolean {
  for (const { index, numbers } of rankings) {
    const difference = (numbers[index[slot] as number] as number) - (numbers[index[other] as number] as number);
    if (difference !== 0) return difference < 0;
  }
  return lot(slot, seed) < lot(other, seed);
}

/** A number that is as good as random for each slot and seed. */
function lot(slot: number, seed: number): number {
  let mixed = Math.imul(slot ^ seed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** All checks but CPU and memory. Answers that depend on the instance alone are remembered for requests that ask the same. */
function fullCheck(request: Requirements, pool: InstancePool): (slot: number) => boolean {
  const verdicts = pool.verdicts(lastingRequirements(request));
  const asked = changing.filter((check) => check.asks(request));
  return (slot) => {
    const candidate = pool.at(slot);
    if (candidate === undefined) return false;
    if (verdicts[slot] === 0) verdicts[slot] = remembered.every((check) => check.check(candidate, request)) ? 1 : 2;
    return verdicts[slot] === 1 && asked.every((check) => check.check(candidate, request));
  };
}

/** A name for what `remembered` looks at of a request. */
function lastingRequirements({ requiresAttributes, zones, constraints }: Requirements): string {
  const queries = constraints.flatMap((constraint) =>
    constraint.kind === 'memberOf' && !constraint.query.dependsOnTasks ? [constraint.query.text] : [],
  );
  return JSON.stringify([requiresAttributes, zones ?? null, queries]);
}

function failedCheck(candidate: Candidate, request: Requirements): Check | undefined {
  return checks.find((check) => !check.check(candidate, request));
}

function explainFailure(request: Requirements, pool: InstancePool): Placement {
  const wanted = launchTypes[request.launchType];
  const failures: PlacementFailure[] = [];
  let noInstances = true;
  for (const candidate of pool.candidates()) {
    if (pool.readiness[candidate.slot] !== wanted) continue;
    noInstances = false;
    const failed = failedCheck(candidate, request);
    if (failed === undefined) continue;
    failures.push({ instanceKey: candidate.key, ...failed.explain(candidate, request) });
    if (failures.length >= maxFailures) break;
  }
  return { failures, noInstances };
}
