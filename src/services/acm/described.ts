import type { CertificateDetail, CertificateSummary } from '../../protocol/generated/acm.ts';
import { maxNamesListed } from './limits.ts';
import { certificateArn, type CertificateRecord } from './records/certificate.ts';

export type CertificateStatus = 'ISSUED' | 'EXPIRED';

export function statusOf({ facts }: CertificateRecord, nowMs: number): CertificateStatus {
  return facts.notAfterMs <= nowMs ? 'EXPIRED' : 'ISSUED';
}

function times({
  type,
  createdAtMs,
  givenAtMs,
  facts,
}: CertificateRecord): Pick<CertificateDetail, 'CreatedAt' | 'ImportedAt' | 'IssuedAt' | 'NotBefore' | 'NotAfter'> {
  return {
    CreatedAt: createdAtMs,
    ...(type === 'IMPORTED' ? { ImportedAt: givenAtMs } : { IssuedAt: givenAtMs }),
    NotBefore: facts.notBeforeMs,
    NotAfter: facts.notAfterMs,
  };
}

/** A certificate as DescribeCertificate shows it. */
export function describedCertificate(
  row: CertificateRecord,
  { users, nowMs }: { readonly users: readonly string[]; readonly nowMs: number },
): CertificateDetail {
  const { facts, type } = row;
  return {
    CertificateArn: certificateArn(row),
    DomainName: facts.domainName,
    SubjectAlternativeNames: facts.names,
    ...(type === 'AMAZON_ISSUED' ? { DomainValidationOptions: validated(row) } : {}),
    Serial: facts.serial,
    Subject: facts.subject,
    Issuer: facts.issuer,
    ...times(row),
    Status: statusOf(row, nowMs),
    KeyAlgorithm: facts.keyAlgorithm,
    SignatureAlgorithm: facts.signatureAlgorithm,
    InUseBy: users,
    Type: type,
    RenewalEligibility: 'INELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
  };
}

/** Nobody is asked whether the names are the caller's: the installation's authority is trusted by nobody else. */
function validated({ facts }: CertificateRecord): NonNullable<CertificateDetail['DomainValidationOptions']> {
  return facts.names.map((name) => ({ DomainName: name, ValidationStatus: 'SUCCESS', ValidationMethod: 'DNS' }));
}

/** A certificate as ListCertificates shows it. */
export function summarizedCertificate(
  row: CertificateRecord,
  { isInUse, nowMs }: { readonly isInUse: boolean; readonly nowMs: number },
): CertificateSummary {
  const { facts, type } = row;
  return {
    CertificateArn: certificateArn(row),
    DomainName: facts.domainName,
    SubjectAlternativeNameSummaries: facts.names.slice(0, maxNamesListed),
    HasAdditionalSubjectAlternativeNames: facts.names.length > maxNamesListed,
    Status: statusOf(row, nowMs),
    Type: type,
    KeyAlgorithm: facts.keyAlgorithm,
    InUse: isInUse,
    RenewalEligibility: 'INELIGIBLE',
    ...times(row),
  };
}
