import { livingSecret, scopeOf, type SecretsHandler, type SecretsManagerDeps } from '../core.ts';
import { secrets } from '../records/secret.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html */
export function tagResource({ db }: SecretsManagerDeps): SecretsHandler<'TagResource'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      tx.put(secrets, key, { ...row, tags: addedTags(row.tags, input.Tags) });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html */
export function untagResource({ db }: SecretsManagerDeps): SecretsHandler<'UntagResource'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const { key, row } = livingSecret(tx, scopeOf(context), input.SecretId);
      tx.put(secrets, key, { ...row, tags: row.tags.filter((tag) => !input.TagKeys.includes(tag.key)) });
    });
    return {};
  };
}
