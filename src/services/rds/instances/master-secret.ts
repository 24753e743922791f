import type { Ids } from '../../../kernel/index.ts';
import { dbInstanceArn } from '../records/db-instance.ts';
import type { Scope } from '../records/scope.ts';

/** Without what PostgreSQL's addresses and shells have to write in another way. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const passwordLength = 32;

/** A password with 192 random bits. */
export function newPassword(ids: Ids): string {
  const digits = ids.hex(passwordLength * 2);
  return Array.from({ length: passwordLength }, (_, at) => {
    const byte = Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16);
    return alphabet[byte % alphabet.length];
  }).join('');
}

/** What the secret of a master user holds. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html */
export function secretText(username: string, password: string): string {
  return JSON.stringify({ username, password });
}

/** The secret of a new database, without its value. */
export function newSecret(ids: Ids, scope: Scope, id: string) {
  const arn = dbInstanceArn({ ...scope, id });
  return {
    name: `rds!db-${ids.uuid()}`,
    description: `The secret associated with the primary RDS DB instance: ${arn}`,
    tags: [
      { key: 'aws:rds:primaryDBInstanceArn', value: arn },
      { key: 'aws:secretsmanager:owningService', value: 'rds' },
    ],
  };
}
