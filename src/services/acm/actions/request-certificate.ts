import { ApiError } from '../../../protocol/api/index.ts';
import { scopeOf, type AcmDeps, type AcmHandler, type Input } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { idempotencyMs, maxCertificates, maxNames } from '../limits.ts';
import type { KeyAlgorithm } from '../ports.ts';
import {
  certificateArn,
  certificateKey,
  certificates,
  scopeText,
  type CertificateRecord,
} from '../records/certificate.ts';
import { addedTags } from '../tags.ts';

/**
 * Makes a certificate signed by the installation's own authority, at once: nobody else trusts it, so nobody has to validate the names.
 * https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
export function requestCertificate({ db, clock, ids, reader, authority }: AcmDeps): AcmHandler<'RequestCertificate'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const nowMs = clock.nowMs();
    const { names, keyAlgorithm } = checkedRequest(input);
    const tags = addedTags([], input.Tags);
    const { IdempotencyToken: token } = input;
    const index = token === undefined ? undefined : `${scopeText(scope)}/${token}`;
    const earlier = (): CertificateRecord | undefined => {
      if (index === undefined) return undefined;
      const [first] = db.table(certificates).page('token', index, { limit: 1 }).rows;
      const isSame =
        first !== undefined && nowMs < first.row.createdAtMs + idempotencyMs && sameNames(first.row, names);
      return isSame ? first.row : undefined;
    };
    const present = earlier();
    if (present !== undefined) return { CertificateArn: certificateArn(present) };
    const made = await authority.issue({ names, keyAlgorithm, nowMs });
    const facts = reader.read(made, nowMs);
    const { result } = await db.transact((tx) => {
      const meanwhile = earlier();
      if (meanwhile !== undefined) return meanwhile;
      if (db.table(certificates).count('scope', scopeText(scope)) >= maxCertificates) {
        throw new ApiError('LimitExceededException', `An account can have at most ${maxCertificates} certificates`);
      }
      const row: CertificateRecord = {
        ...scope,
        id: ids.uuid(),
        type: 'AMAZON_ISSUED',
        ...made,
        facts,
        createdAtMs: nowMs,
        givenAtMs: nowMs,
        ...(token === undefined ? {} : { idempotencyToken: token }),
        uses: 0,
        tags,
      };
      tx.create(certificates, certificateKey(scope, row.id), row);
      return row;
    });
    return { CertificateArn: certificateArn(result) };
  };
}

function checkedRequest(input: Input<'RequestCertificate'>): {
  readonly names: readonly string[];
  readonly keyAlgorithm: KeyAlgorithm;
} {
  if (input.CertificateAuthorityArn !== undefined) throw notImplemented('CertificateAuthorityArn (AWS Private CA)');
  if (input.ManagedBy !== undefined) throw notImplemented('ManagedBy');
  if (input.Options?.Export === 'ENABLED') throw notImplemented('Export of a certificate');
  const names = [
    ...new Set([input.DomainName, ...(input.SubjectAlternativeNames ?? [])].map((name) => name.toLowerCase())),
  ];
  if (names.length > maxNames) {
    throw new ApiError(
      'LimitExceededException',
      `A certificate can have at most ${maxNames} names, but would have ${names.length}`,
    );
  }
  const { KeyAlgorithm: keyAlgorithm = 'RSA_2048' } = input;
  if (keyAlgorithm === 'RSA_1024' || keyAlgorithm === 'RSA_3072' || keyAlgorithm === 'RSA_4096') {
    throw notImplemented(`The key algorithm ${keyAlgorithm} of requested certificates`);
  }
  return { names, keyAlgorithm };
}

function sameNames({ facts }: CertificateRecord, names: readonly string[]): boolean {
  return facts.names.length === names.length && facts.names.every((name) => names.includes(name));
}
