import type { Sealer } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/acm.ts';
import { sealedRows, type Database, type SealedRows, type Transaction } from '../../store/index.ts';
import { deleteCertificate } from './actions/delete-certificate.ts';
import { describeCertificate, getCertificate } from './actions/describe-certificate.ts';
import { importCertificate } from './actions/import-certificate.ts';
import { listCertificates } from './actions/list-certificates.ts';
import { requestCertificate } from './actions/request-certificate.ts';
import { addTagsToCertificate, listTagsForCertificate, removeTagsFromCertificate } from './actions/tagging.ts';
import { acmAuthorization } from './authorization.ts';
import { openedKey, type AcmDeps } from './core.ts';
import { invalidInput } from './errors.ts';
import { acmLimits } from './limits.ts';
import {
  certificateArn,
  certificates,
  keyContext,
  keyOfArn,
  requestTokens,
  type Scope,
} from './records/certificate.ts';

/** The tables the database must hold for this service. */
export const acmTables = [certificates, requestTokens] as const;

/** AWS Certificate Manager: certificates that were imported, and certificates of the installation's own authority. */
export function acmService(deps: AcmDeps): ServiceDefinition {
  return implement<Operations>({
    name: 'acm',
    invalid: invalidInput,
    authorization: acmAuthorization(deps.db),
    limits: acmLimits,
    handlers: {
      AddTagsToCertificate: addTagsToCertificate(deps),
      DeleteCertificate: deleteCertificate(deps),
      DescribeCertificate: describeCertificate(deps),
      GetCertificate: getCertificate(deps),
      ImportCertificate: importCertificate(deps),
      ListCertificates: listCertificates(deps),
      ListTagsForCertificate: listTagsForCertificate(deps),
      RemoveTagsFromCertificate: removeTagsFromCertificate(deps),
      RequestCertificate: requestCertificate(deps),
    },
  });
}

/** The private keys of certificates, for a change of the sealing key. */
export function sealedCertificates(db: Database, sealer: Sealer): SealedRows {
  return sealedRows(db, sealer, {
    spec: certificates,
    atOnce: 8, // a certificate with its chain and key may have 2.5 MB
    read: (row) => ({ sealed: row.privateKey, context: keyContext(row) }),
    write: (row, privateKey) => ({ ...row, privateKey }),
  });
}

/** A certificate with its key, for services that serve it. */
export interface ServableCertificate {
  /** PEM, leaf first, then the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  readonly names: readonly string[];
}

/** What ACM gives to services that serve certificates. */
export interface ServableCertificates {
  /** Marks a certificate as used in `tx`; false when the account and region have none of that ARN. */
  use(tx: Transaction, scope: Scope, arn: string): boolean;
  find(arn: string): ServableCertificate | undefined;
  /** Calls back when a certificate was imported again. @returns how to stop */
  onChange(listener: (arn: string) => void): () => void;
}

export function servableCertificates(db: Database, sealer: Sealer): ServableCertificates {
  return {
    use(tx, scope, arn) {
      const named = keyOfArn(arn);
      if (named?.scope.account !== scope.account || named.scope.region !== scope.region) return false;
      const row = tx.get(certificates, named.key);
      if (row === undefined) return false;
      tx.put(certificates, named.key, { ...row, uses: row.uses + 1 });
      return true;
    },
    find(arn) {
      const named = keyOfArn(arn);
      const row = named && db.get(certificates, named.key)?.row;
      if (row === undefined) return undefined;
      const { certificate, chain, facts } = row;
      const whole = chain === undefined ? certificate : `${certificate.trimEnd()}\n${chain}`;
      return { certificate: whole, privateKey: openedKey(sealer, row), names: facts.names };
    },
    onChange: (listener) =>
      db.table(certificates).onChange(({ before, after }) => {
        if (before !== undefined && after !== undefined && before.certificate !== after.certificate) {
          listener(certificateArn(after));
        }
      }),
  };
}
