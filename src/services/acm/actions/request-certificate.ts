import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { kept, presentRows, scopeOf, type AcmDeps, type AcmHandler, type Input } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { idempotencyMs, maxCertificates, maxNames } from '../limits.ts';
import type { KeyAlgorithm } from '../ports.ts';
import {
  certificateArn,
  certificateKey,
  certificates,
  requestTokenKey,
  requestTokens,
  scopeText,
  type CertificateRecord,
} from '../records/certificate.ts';
import { addedTags } from '../tags.ts';

/**
 * Makes a certificate signed by the installation's own authority, at once: nobody else trusts it, so nobody has to validate the names.
 * https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
export function requestCertificate({
  db,
  clock,
  ids,
  reader,
  authority,
  sealer,
}: AcmDeps): AcmHandler<'RequestCertificate'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const nowMs = clock.nowMs();
    const { names, keyAlgorithm } = checkedRequest(input);
    const tags = addedTags([], input.Tags);
    const { IdempotencyToken: token } = input;
    const earlier = (rows: Pick<Transaction, 'get'>): CertificateRecord | undefined => {
      const made = token === undefined ? undefined : rows.get(requestTokens, requestTokenKey(scope, token));
      const row = made && rows.get(certificates, made.certificateKey);
      return row !== undefined && nowMs < row.createdAtMs + idempotencyMs && sameNames(row, names) ? row : undefined;
    };
    const present = earlier(presentRows(db));
    if (present !== undefined) return { CertificateArn: certificateArn(present) };
    const made = await authority.issue({ names, keyAlgorithm, nowMs });
    const facts = reader.read(made, nowMs);
    const { result } = await db.transact((tx) => {
      const meanwhile = earlier(tx);
      if (meanwhile !== undefined) return meanwhile;
      if (db.table(certificates).count('scope', scopeText(scope)) >= maxCertificates) {
        throw new ApiError('LimitExceededException', `An account can have at most ${maxCertificates} certificates`);
      }
      const owner = { ...scope, id: ids.uuid() };
      const row: CertificateRecord = {
        ...owner,
        type: 'AMAZON_ISSUED',
        ...kept(sealer, owner, made),
        facts,
        createdAtMs: nowMs,
        givenAtMs: nowMs,
        ...(token === undefined ? {} : { idempotencyToken: token }),
        uses: 0,
        tags,
      };
      const key = certificateKey(scope, row.id);
      tx.create(certificates, key, row);
      if (token !== undefined) tx.put(requestTokens, requestTokenKey(scope, token), { certificateKey: key });
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
