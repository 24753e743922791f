import { InvalidArgument, toText } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import { kept, neededCertificate, scopeOf, type AcmDeps, type AcmHandler, type Input } from '../core.ts';
import { validationException } from '../errors.ts';
import { maxCertificateBytes, maxCertificates, maxChainBytes, maxPrivateKeyBytes } from '../limits.ts';
import type { CertificateFacts, GivenCertificate } from '../ports.ts';
import { certificateArn, certificateKey, certificates, scopeText } from '../records/certificate.ts';
import { addedTags } from '../tags.ts';

/**
 * Imports a certificate, or with CertificateArn replaces one that was imported, under the same ARN.
 * https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html
 */
export function importCertificate({ db, clock, ids, reader, sealer }: AcmDeps): AcmHandler<'ImportCertificate'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const nowMs = clock.nowMs();
    const given = givenCertificate(input);
    const facts = read(() => reader.read(given, nowMs));
    const { CertificateArn: arn } = input;
    if (arn !== undefined) {
      if (input.Tags !== undefined) {
        throw new ApiError(
          'InvalidParameterException',
          'Tags cannot be specified when a certificate is imported again',
        );
      }
      await db.transact((tx) => {
        const { key, row } = neededCertificate(tx, scope, arn);
        if (row.type !== 'IMPORTED')
          throw validationException(`The certificate ${arn} was not imported and cannot be replaced`);
        const { chain: _old, ...rest } = row;
        tx.put(certificates, key, { ...rest, ...kept(sealer, row, given), facts, givenAtMs: nowMs });
      });
      return { CertificateArn: arn };
    }
    const tags = addedTags([], input.Tags);
    const { result } = await db.transact((tx) => {
      if (db.table(certificates).count('scope', scopeText(scope)) >= maxCertificates) {
        throw new ApiError('LimitExceededException', `An account can have at most ${maxCertificates} certificates`);
      }
      const owner = { ...scope, id: ids.uuid() };
      const row = {
        ...owner,
        type: 'IMPORTED',
        ...kept(sealer, owner, given),
        facts,
        createdAtMs: nowMs,
        givenAtMs: nowMs,
        uses: 0,
        tags,
      } as const;
      tx.create(certificates, certificateKey(scope, row.id), row);
      return row;
    });
    return { CertificateArn: certificateArn(result) };
  };
}

function givenCertificate({ Certificate, PrivateKey, CertificateChain }: Input<'ImportCertificate'>): GivenCertificate {
  checkSize('certificate', Certificate, maxCertificateBytes);
  checkSize('privateKey', PrivateKey, maxPrivateKeyBytes);
  if (CertificateChain !== undefined) checkSize('certificateChain', CertificateChain, maxChainBytes);
  return {
    certificate: toText(Certificate),
    privateKey: toText(PrivateKey),
    ...(CertificateChain === undefined ? {} : { chain: toText(CertificateChain) }),
  };
}

function checkSize(name: string, bytes: Uint8Array, most: number): void {
  if (bytes.length >= 1 && bytes.length <= most) return;
  throw validationException(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must have length between 1 and ${most}, but has ${bytes.length}`,
  );
}

function read(run: () => CertificateFacts): CertificateFacts {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvalidArgument) throw validationException(error.message);
    throw error;
  }
}
