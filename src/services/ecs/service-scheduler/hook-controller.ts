import { messageOf, type Clock, type Log } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database } from '../../../store/index.ts';
import { dueCalls } from '../deployments/hook-runs.ts';
import {
  InvalidHookAnswer,
  type LifecycleHookAnswer,
  type LifecycleHookPayload,
  type LifecycleHooks,
} from '../ports.ts';
import {
  callsHooks,
  serviceDeploymentArn,
  serviceDeployments,
  type HookRun,
  type RevisionShare,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { serviceRevisionArn } from '../records/service-revision.ts';
import { serviceArn } from '../records/service.ts';

/** Seconds until an IN_PROGRESS hook is called again, unless it says otherwise. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html */
const defaultDelaySeconds = 30;
const shortestDelaySeconds = 1;
/** A day, within which its hook times out unless told otherwise. */
const longestDelaySeconds = 86_400;
/** Of a stored reason. */
const maxReasonLength = 500;

export interface HookDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly hooks: LifecycleHooks;
}

/**
 * Calls the hooks of deployments when they are due, outside of any transaction, and writes down what they answer; what follows from that is the service
 * scheduler's. A process that ends between a call and its record calls again: hooks are called at least once, as on AWS.
 */
export function hookController(deps: HookDeps): Controller {
  const { db, clock } = deps;
  return {
    name: 'deployment-hooks',
    watch(enqueue) {
      const table = db.table(serviceDeployments);
      const follow = (key: string, row: ServiceDeploymentRecord | undefined): void => {
        for (const run of row?.hooks ?? []) if (run.status === 'IN_PROGRESS') enqueue(`${key} ${run.id}`);
      };
      for (const key of table.keys('calling', 'all')) follow(key, table.get(key)?.row);
      return table.onChange(({ key, after }) => follow(key, after));
    },
    async reconcile(name) {
      const [key = '', id] = name.split(' ');
      const row = db.get(serviceDeployments, key)?.row;
      const run = row?.hooks.find((one) => one.id === id);
      if (row === undefined || !callsHooks(row) || run?.status !== 'IN_PROGRESS') return {};
      if (!dueCalls({ hooks: [run] }, clock.nowMs()).includes(run))
        return run.nextCallAtMs === undefined ? {} : { wakeAtMs: run.nextCallAtMs };
      const answered = await call(deps, row, run);
      await record(deps, key, { run, answered });
      return answered.nextCallAtMs === undefined ? {} : { wakeAtMs: answered.nextCallAtMs };
    },
  };
}

type Answered = Pick<HookRun, 'status' | 'nextCallAtMs' | 'details' | 'reason'>;

async function call({ hooks, clock, log }: HookDeps, row: ServiceDeploymentRecord, run: HookRun): Promise<Answered> {
  const hook = row.deploymentConfiguration.lifecycleHooks?.[run.hook];
  const target = hook?.hookTargetArn ?? '';
  const details = run.details ?? hook?.hookDetails;
  try {
    return read(await hooks.call(target, payloadOf(row, run, details)), details, clock.nowMs());
  } catch (error) {
    const reason = reasonOf(target, error).slice(0, maxReasonLength);
    log.warn('a lifecycle hook gave no valid answer', { target, stage: run.stage, deployment: row.id, reason });
    return { status: 'FAILED', reason };
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html */
function reasonOf(target: string, error: unknown): string {
  return error instanceof InvalidHookAnswer
    ? `ECS was unable to parse the response from ${target} due to ${error.message}.`
    : `ECS was unable to invoke hook target ${target} due to ${messageOf(error)}.`;
}

function read(
  { hookStatus, callBackDelay, hookDetails }: LifecycleHookAnswer,
  before: unknown,
  nowMs: number,
): Answered {
  if (hookStatus !== 'IN_PROGRESS') return { status: hookStatus };
  const seconds = Math.min(longestDelaySeconds, Math.max(shortestDelaySeconds, callBackDelay ?? defaultDelaySeconds));
  return {
    status: 'IN_PROGRESS',
    nextCallAtMs: nowMs + seconds * 1_000,
    ...(hookDetails === undefined ? {} : { details: mergedDetails(before, hookDetails) }),
  };
}

/** What a hook gives for its next call is laid over what it was given. */
function mergedDetails(before: unknown, given: unknown): unknown {
  return isObject(before) && isObject(given) ? { ...before, ...given } : given;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Which traffic a hook is told of, by stage; at the others none. */
const shownTraffic: Partial<Record<HookRun['stage'], 'production' | 'test'>> = {
  TEST_TRAFFIC_SHIFT: 'test',
  PRE_PRODUCTION_TRAFFIC_SHIFT: 'production',
  PRODUCTION_TRAFFIC_SHIFT: 'production',
};

function payloadOf(row: ServiceDeploymentRecord, run: HookRun, hookDetails: unknown): LifecycleHookPayload {
  const weights = (kind: 'production' | 'test'): Record<string, number> =>
    Object.fromEntries(
      (shownTraffic[run.stage] === kind ? [row.target, ...row.sources] : []).flatMap((share: RevisionShare) => {
        const weight = kind === 'test' ? share.testTrafficWeight : share.productionTrafficWeight;
        return weight === undefined
          ? []
          : [[serviceRevisionArn(row, row.cluster, row.service, share.revisionId), weight]];
      }),
    );
  return {
    executionDetails: {
      serviceArn: serviceArn(row, row.cluster, row.service),
      targetServiceRevisionArn: serviceRevisionArn(row, row.cluster, row.service, row.target.revisionId),
      testTrafficWeights: weights('test'),
      productionTrafficWeights: weights('production'),
    },
    executionId: run.id,
    lifecycleStage: run.stage,
    resourceArn: serviceDeploymentArn(row, row.cluster, row.service, row.id),
    ...(hookDetails === undefined ? {} : { hookDetails }),
  };
}

/** An answer that comes after its hook timed out, or its deployment ended, changes nothing. */
async function record(
  { db, clock }: HookDeps,
  key: string,
  { run, answered }: { readonly run: HookRun; readonly answered: Answered },
): Promise<void> {
  await db.transact((tx) => {
    const row = tx.get(serviceDeployments, key);
    const open = row?.hooks.find(({ id, status }) => id === run.id && status === 'IN_PROGRESS');
    if (row === undefined || !callsHooks(row) || open === undefined) return;
    const { nextCallAtMs: _past, ...rest } = open;
    tx.put(serviceDeployments, key, {
      ...row,
      updatedAtMs: clock.nowMs(),
      hooks: row.hooks.map((one) => (one === open ? { ...rest, ...answered } : one)),
    });
  });
}
