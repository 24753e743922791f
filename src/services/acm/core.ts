import { sealingKeyOf, toBytes, toText, type Clock, type Ids, type Sealer } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/acm.ts';
import type { Database, Transaction } from '../../store/index.ts';
import { invalidArn, resourceNotFound } from './errors.ts';
import type { CertificateAuthority, CertificateReader, CertificateUsers, GivenCertificate } from './ports.ts';
import { certificates, keyContext, keyOfArn, type CertificateRecord, type Scope } from './records/certificate.ts';

export { scopeOf } from '../../kernel/index.ts';

export { presentRows } from '../../store/index.ts';

/** What the actions stand on. */
export interface AcmDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly reader: CertificateReader;
  readonly authority: CertificateAuthority;
  readonly users: CertificateUsers;
  readonly sealer: Sealer;
}

export type Input<Name extends keyof Operations> = Operations[Name]['input'];
export type AcmHandler<Name extends keyof Operations> = Handler<Input<Name>, Operations[Name]['output']>;

/** A certificate of this account and region. @throws InvalidArnException, ResourceNotFoundException */
export function neededCertificate(
  rows: Pick<Transaction, 'get'>,
  scope: Scope,
  arn: string,
): { readonly key: string; readonly row: CertificateRecord } {
  const named = keyOfArn(arn);
  if (named === undefined || named.scope.region !== scope.region) throw invalidArn(arn);
  const row = named.scope.account === scope.account ? rows.get(certificates, named.key) : undefined;
  if (row === undefined) throw resourceNotFound(arn, scope.account);
  return { key: named.key, row };
}

/** A certificate as its record keeps it: with a key that nobody reads in the journal. */
export function kept<Given extends GivenCertificate>(
  sealer: Sealer,
  owner: Pick<CertificateRecord, 'account' | 'region' | 'id'>,
  given: Given,
): Given {
  return { ...given, privateKey: sealer.seal(toBytes(given.privateKey), keyContext(owner)) };
}

/** The private key of a certificate, PEM. That of an older version is not sealed until the start has come to it. */
export function openedKey(sealer: Sealer, row: CertificateRecord): string {
  const { privateKey } = row;
  return sealingKeyOf(privateKey) === '' ? privateKey : toText(sealer.open(privateKey, keyContext(row)));
}
