import { neededCertificate, presentRows, scopeOf, type AcmDeps, type AcmHandler } from '../core.ts';
import { certificates } from '../records/certificate.ts';
import { addedTags, removedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_AddTagsToCertificate.html */
export function addTagsToCertificate({ db }: AcmDeps): AcmHandler<'AddTagsToCertificate'> {
  return async ({ CertificateArn: arn, Tags }, context) => {
    await db.transact((tx) => {
      const { key, row } = neededCertificate(tx, scopeOf(context), arn);
      tx.put(certificates, key, { ...row, tags: addedTags(row.tags, Tags) });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_RemoveTagsFromCertificate.html */
export function removeTagsFromCertificate({ db }: AcmDeps): AcmHandler<'RemoveTagsFromCertificate'> {
  return async ({ CertificateArn: arn, Tags }, context) => {
    await db.transact((tx) => {
      const { key, row } = neededCertificate(tx, scopeOf(context), arn);
      tx.put(certificates, key, { ...row, tags: removedTags(row.tags, Tags) });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_ListTagsForCertificate.html */
export function listTagsForCertificate({ db }: AcmDeps): AcmHandler<'ListTagsForCertificate'> {
  return ({ CertificateArn: arn }, context) => ({
    Tags: neededCertificate(presentRows(db), scopeOf(context), arn).row.tags.map(({ key, value }) => ({
      Key: key,
      Value: value,
    })),
  });
}
