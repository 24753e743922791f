import { parsePolicy, type Principal } from '../../policy/index.ts';
import { groupKind, needed, roleKind, userKind, type Rows } from './core.ts';
import { invalidInput } from './errors.ts';
import { gatheredPolicies, type GatheredPolicy, type ReadPolicy } from './identities/gather.ts';

export interface SimulatedPrincipal {
  readonly principal: Principal;
  readonly policies: readonly GatheredPolicy[];
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}

const read: ReadPolicy = (text, kind) => parsePolicy(text, { kind });

/** The user, group or role of the account that an ARN names, with its policies. @throws NoSuchEntity, InvalidInput */
export function simulatedPrincipal(rows: Rows, account: string, arn: string): SimulatedPrincipal {
  const [, owner, type, name = ''] = /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (type === undefined)
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  if (owner !== account) throw invalidInput(`Invalid Entity Arn: ${arn} is not of account ${account}.`);
  if (type === 'user') {
    const row = needed(rows, userKind, account, name);
    const principal: Principal = { type, account, arn, name: row.name, id: row.id };
    return simulated(principal, gatheredPolicies(rows, read, { type, row }), row.boundary);
  }
  if (type === 'group') {
    const row = needed(rows, groupKind, account, name);
    const principal: Principal = { type: 'user', account, arn, name: row.name, id: row.id };
    return simulated(principal, gatheredPolicies(rows, read, { type, row }), undefined);
  }
  const row = needed(rows, roleKind, account, name);
  const sessionName = 'simulation';
  const principal: Principal = {
    type: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${row.name}/${sessionName}`,
    roleArn: arn,
    roleId: row.id,
    sessionName,
  };
  return simulated(principal, gatheredPolicies(rows, read, { type: 'role', row }), row.boundary);
}

function simulated(
  principal: Principal,
  policies: readonly GatheredPolicy[],
  boundary: string | undefined,
): SimulatedPrincipal {
  return { principal, policies, ...(boundary === undefined ? {} : { boundary }) };
}
