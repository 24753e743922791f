import { InvalidArgument } from '../../../kernel/index.ts';
import type { Page } from '../../../store/index.ts';
import { scopeOf, type AcmDeps, type AcmHandler, type Input } from '../core.ts';
import { statusOf, summarizedCertificate } from '../described.ts';
import { notImplemented, validationException } from '../errors.ts';
import { maxPageSize } from '../limits.ts';
import type { KeyAlgorithm } from '../ports.ts';
import { certificateArn, certificates, scopeText, type CertificateRecord } from '../records/certificate.ts';

/** What is listed when no key types are asked for, as on AWS. */
const defaultKeyTypes: readonly KeyAlgorithm[] = ['RSA_1024', 'RSA_2048'];

/**
 * A page may have fewer certificates than were asked for, or none, and still be followed by another: filters choose among the rows of a page.
 * https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
 */
export function listCertificates({ db, clock, users }: AcmDeps): AcmHandler<'ListCertificates'> {
  return (input, context) => {
    const matches = compiledFilter(input, clock.nowMs());
    let page: Page<CertificateRecord>;
    try {
      page = db.table(certificates).page('scope', scopeText(scopeOf(context)), {
        limit: input.MaxItems ?? maxPageSize,
        ...(input.NextToken === undefined ? {} : { after: input.NextToken }),
      });
    } catch (error) {
      if (error instanceof InvalidArgument) throw validationException('The NextToken is not valid');
      throw error;
    }
    const rows = page.rows.map(({ row }) => row).filter(matches);
    return {
      CertificateSummaryList: rows.map((row) =>
        summarizedCertificate(row, { isInUse: users.of(certificateArn(row)).length > 0, nowMs: clock.nowMs() }),
      ),
      ...(page.next === undefined ? {} : { NextToken: page.next }),
    };
  };
}

function compiledFilter(input: Input<'ListCertificates'>, nowMs: number): (row: CertificateRecord) => boolean {
  const { CertificateStatuses: statuses, Includes: includes, CertificateKeyPairOrigins: origins } = input;
  if (input.SortBy !== undefined || input.SortOrder !== undefined) throw notImplemented('Sorting certificates');
  if (origins !== undefined) throw notImplemented('CertificateKeyPairOrigins');
  for (const name of ['extendedKeyUsage', 'keyUsage', 'exportOption', 'managedBy'] as const) {
    if (includes?.[name] !== undefined) throw notImplemented(`The filter ${name}`);
  }
  const keyTypes = includes?.keyTypes ?? defaultKeyTypes;
  return (row) =>
    keyTypes.includes(row.facts.keyAlgorithm) && (statuses === undefined || statuses.includes(statusOf(row, nowMs)));
}
