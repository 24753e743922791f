import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html */
export const maxCertificates = 2_500;
export const maxCertificateBytes = 32_768;
export const maxPrivateKeyBytes = 5_120;
/** AWS takes 2 MiB, which is more than a record may have; chains have a few KiB. */
export const maxChainBytes = 262_144;
export const maxTags = 50;
/** Names on a certificate that is requested: AWS's quota before it is raised. */
export const maxNames = 10;
/** Names shown in a list. */
export const maxNamesListed = 100;
export const maxPageSize = 1_000;
/** A second RequestCertificate with the same token within this time answers with the same certificate. */
export const idempotencyMs = 60 * 60 * 1_000;

const tagText = '[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]*';
const domainName = '(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])';

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const acmLimits: Limits = {
  CertificateArn: [20, 2_048],
  MaxItems: [1, maxPageSize],
  NextToken: [1, 10_000],
  DomainName: [1, 253, domainName],
  IdempotencyToken: [1, 32, '\\w+'],
  'Tag.Key': [1, 128, tagText],
  'Tag.Value': [0, 256, tagText],
};
