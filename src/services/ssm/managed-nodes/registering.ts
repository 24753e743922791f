import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import type { SsmDeps } from '../core.ts';
import { maxManagedInstances } from '../limits.ts';
import { activations, type ActivationRecord } from '../records/activation.ts';
import { managedInstanceKey, managedInstances, type ManagedInstanceRecord } from '../records/managed-instance.ts';
import { scopeText } from '../records/parameter.ts';
import type { InstanceCredentials } from '../ports.ts';

/** What a machine says of itself. */
export interface MachineFacts {
  readonly agentVersion: string;
  readonly computerName: string;
  readonly platformName: string;
  readonly platformVersion: string;
}

export interface Registering extends MachineFacts {
  readonly activationId: string;
  readonly activationCode: string;
  /** Made by the machine, by which it proves from now on who it is. */
  readonly secret: string;
  readonly ipAddress: string;
}

export interface Registered {
  readonly instanceId: string;
  readonly region: string;
  readonly credentials: InstanceCredentials;
}

const idDigits = 17;

/** As Systems Manager answers. It does not tell which of the two was wrong. */
function invalidActivation(): ApiError {
  return new ApiError(
    'InvalidActivation',
    "The activation isn't valid. The activation might have been deleted, or the ActivationId and the ActivationCode don't match.",
  );
}

/** A machine becomes a managed node. @throws InvalidActivation, ActivationExpired, ActivationLimitExceeded, ValidationException */
export async function registerInstance(deps: SsmDeps, given: Registering): Promise<Registered> {
  const { db, ids, clock, digests } = deps;
  const id = `mi-${ids.hex(idDigits)}`;
  const secretDigest = digests.sha256(given.secret);
  const { result } = await db.transact((tx) => {
    const [key, activation] = foundActivation(deps, tx, given);
    // The same machine again, which did not hear the answer: its secret is nobody else's.
    const earlier = earlierOf(deps, tx, activation, secretDigest);
    if (earlier !== undefined) return earlier;
    checkUsable(deps, activation);
    neededRole(deps, activation);
    tx.put(activations, key, { ...activation, registrationsCount: activation.registrationsCount + 1 });
    const row = newInstance(activation, given, { id, secretDigest, nowMs: clock.nowMs() });
    tx.create(managedInstances, managedInstanceKey(activation, id), row);
    return row;
  });
  return withCredentials(deps, result);
}

/** Credentials of its role for a machine that proves who it is; it counts as seen. @throws InvalidInstanceId */
export async function renewCredentials(
  deps: SsmDeps,
  given: MachineFacts & { readonly instanceId: string; readonly secret: string; readonly ipAddress: string },
): Promise<Registered> {
  const { db, clock, digests } = deps;
  const { result } = await db.transact((tx) => {
    const [key] = db.table(managedInstances).keys('id', given.instanceId);
    const row = key === undefined ? undefined : tx.get(managedInstances, key);
    if (key === undefined || row?.secretDigest !== digests.sha256(given.secret))
      throw new ApiError(
        'InvalidInstanceId',
        `'${given.instanceId}' is not a managed node any more, or this machine is not the one that registered it.`,
      );
    const { agentVersion, computerName, platformName, platformVersion, ipAddress } = given;
    const facts = { agentVersion, computerName, platformName, platformVersion, ipAddress };
    const seen = { ...row, ...facts, lastPingMs: clock.nowMs() };
    tx.put(managedInstances, key, seen);
    return seen;
  });
  return withCredentials(deps, result);
}

function foundActivation(
  { db, digests }: SsmDeps,
  tx: Transaction,
  given: Registering,
): readonly [string, ActivationRecord] {
  const [key] = db.table(activations).keys('id', given.activationId);
  const activation = key === undefined ? undefined : tx.get(activations, key);
  if (key === undefined || activation?.codeDigest !== digests.sha256(given.activationCode)) throw invalidActivation();
  return [key, activation];
}

function earlierOf(
  { db }: SsmDeps,
  tx: Transaction,
  activation: ActivationRecord,
  secretDigest: string,
): ManagedInstanceRecord | undefined {
  for (const key of db.table(managedInstances).keys('secret', secretDigest)) {
    const row = tx.get(managedInstances, key);
    if (row?.activationId === activation.id) return row;
  }
  return undefined;
}

function checkUsable({ db, clock }: SsmDeps, activation: ActivationRecord): void {
  if (activation.expiresAtMs <= clock.nowMs())
    throw new ApiError('ActivationExpired', `The activation ${activation.id} has expired: make a new one.`);
  if (activation.registrationsCount >= activation.registrationLimit)
    throw new ApiError(
      'ActivationLimitExceeded',
      `The activation ${activation.id} was used by ${activation.registrationsCount} machines, which is its registration limit.`,
    );
  if (db.table(managedInstances).count('scope', scopeText(activation)) >= maxManagedInstances)
    throw new ApiError(
      'ValidationException',
      `At most ${maxManagedInstances} managed nodes can be registered in a region: deregister some.`,
    );
}

function newInstance(
  activation: ActivationRecord,
  given: Registering,
  at: { readonly id: string; readonly secretDigest: string; readonly nowMs: number },
): ManagedInstanceRecord {
  const { account, region, iamRole, tags, defaultInstanceName } = activation;
  const { agentVersion, computerName, platformName, platformVersion, ipAddress } = given;
  return {
    account,
    region,
    id: at.id,
    activationId: activation.id,
    iamRole,
    ...(defaultInstanceName === undefined ? {} : { name: defaultInstanceName }),
    secretDigest: at.secretDigest,
    registeredAtMs: at.nowMs,
    lastPingMs: at.nowMs,
    agentVersion,
    computerName,
    platformName,
    platformVersion,
    ipAddress,
    tags,
  };
}

/** @throws ValidationException when the role is gone, or does not trust Systems Manager any more */
function neededRole(
  { roles }: SsmDeps,
  { account, iamRole }: Pick<ManagedInstanceRecord, 'account' | 'iamRole'>,
): string {
  const roleArn = roles.assumable(account, iamRole);
  if (roleArn !== undefined) return roleArn;
  throw new ApiError(
    'ValidationException',
    `Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::${account}:role/${iamRole}`,
  );
}

/** @throws ValidationException as `neededRole` */
function withCredentials(deps: SsmDeps, row: ManagedInstanceRecord): Registered {
  const { roles, clock } = deps;
  const roleArn = neededRole(deps, row);
  const { account, region, id: instanceId } = row;
  return { instanceId, region, credentials: roles.issue({ account, roleArn, instanceId, nowMs: clock.nowMs() }) };
}
