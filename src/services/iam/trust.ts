import type { PolicyDocument } from '../../policy/index.ts';
import { readDocument, found, roleKind, userKind, type Rows } from './core.ts';
import { malformedPolicy } from './errors.ts';
import type { RoleRecord } from './records/entities.ts';

const entityPattern = /^arn:aws:iam::(\d{12}):(user|role)\/(?:.*\/)?([^/]+)$/;

/** The unique id of the user or role that an ARN names now. */
function idOf(rows: Rows, arn: string): string | undefined {
  const [, account = '', type, name = ''] = entityPattern.exec(arn) ?? [];
  if (type === undefined) return undefined;
  const row = type === 'user' ? found(rows, userKind, account, name) : found(rows, roleKind, account, name);
  return row !== undefined && arn === `arn:aws:iam::${account}:${type}${row.path}${row.name}` ? row.id : undefined;
}

/**
 * Reads a role's trust policy. Users and roles in it must exist, and are kept by their ids, so that nobody is trusted who is given the
 * name of somebody who has gone.
 * @throws MalformedPolicyDocument, LimitExceeded
 */
export function readTrust(rows: Rows, text: string): Pick<RoleRecord, 'trust' | 'trusted'> {
  const document = readDocument(text, 'trust', { of: 'trust' });
  const trusted: Record<string, string> = {};
  for (const arn of namedEntities(document)) {
    const id = idOf(rows, arn);
    if (id === undefined) throw malformedPolicy(`Invalid principal in policy: "AWS":"${arn}"`);
    trusted[arn] = id;
  }
  return { trust: text, trusted };
}

function namedEntities({ statements }: PolicyDocument): string[] {
  return statements.flatMap(({ principals }) =>
    (principals?.entries ?? []).filter(({ value }) => entityPattern.test(value)).map(({ value }) => value),
  );
}

/** The trust policy as it is now: who has gone stands there by the unique id, which is nobody's any more. */
export function trustDocument(rows: Rows, { trust, trusted }: Pick<RoleRecord, 'trust' | 'trusted'>): string {
  let text = trust;
  for (const [arn, id] of Object.entries(trusted)) {
    if (idOf(rows, arn) !== id) text = text.replaceAll(JSON.stringify(arn), JSON.stringify(id));
  }
  return text;
}
