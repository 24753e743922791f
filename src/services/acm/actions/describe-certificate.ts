import { neededCertificate, presentRows, scopeOf, type AcmDeps, type AcmHandler } from '../core.ts';
import { describedCertificate } from '../described.ts';

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html */
export function describeCertificate({ db, clock, users }: AcmDeps): AcmHandler<'DescribeCertificate'> {
  return ({ CertificateArn: arn }, context) => {
    const { row } = neededCertificate(presentRows(db), scopeOf(context), arn);
    return { Certificate: describedCertificate(row, { users: users.of(arn), nowMs: clock.nowMs() }) };
  };
}

/** The certificate and its chain; the key is never given out. https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html */
export function getCertificate({ db }: AcmDeps): AcmHandler<'GetCertificate'> {
  return ({ CertificateArn: arn }, context) => {
    const { certificate, chain } = neededCertificate(presentRows(db), scopeOf(context), arn).row;
    return { Certificate: certificate, ...(chain === undefined ? {} : { CertificateChain: chain }) };
  };
}
