import { ApiError } from '../../../protocol/api/index.ts';
import { neededCertificate, scopeOf, type AcmDeps, type AcmHandler } from '../core.ts';
import type { Transaction } from '../../../store/index.ts';
import {
  certificateKey,
  certificates,
  requestTokenKey,
  requestTokens,
  type CertificateRecord,
} from '../records/certificate.ts';

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html */
export function deleteCertificate({ db, users }: AcmDeps): AcmHandler<'DeleteCertificate'> {
  return async ({ CertificateArn: arn }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      // Who begins to use the certificate writes its record, which refuses this transaction.
      const { key, row } = neededCertificate(tx, scope, arn);
      if (users.of(arn).length > 0) {
        throw new ApiError('ResourceInUseException', `Certificate ${arn} in account ${scope.account} is in use.`);
      }
      tx.delete(certificates, key);
      if (row.idempotencyToken !== undefined) forgetToken(tx, row, row.idempotencyToken);
    });
    return {};
  };
}

/** The token may have made another certificate since. */
function forgetToken(tx: Transaction, row: CertificateRecord, token: string): void {
  const key = requestTokenKey(row, token);
  if (tx.get(requestTokens, key)?.certificateKey === certificateKey(row, row.id)) tx.delete(requestTokens, key);
}
