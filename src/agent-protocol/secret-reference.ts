import { parseArn } from '../kernel/index.ts';

/** What `valueFrom` of a secret means. */
export type SecretReference =
  /** A secret of Secrets Manager, by the ARN that GetSecretValue takes. */
  | {
      readonly provider: 'asm';
      readonly region: string;
      readonly secretId: string;
      /** Of the JSON object that the value is; absent: the whole value. */
      readonly jsonKey?: string;
      readonly versionStage?: string;
      readonly versionId?: string;
    }
  /** A parameter of Parameter Store, by the name that GetParameters takes. */
  | { readonly provider: 'ssm'; readonly region: string; readonly name: string };

/** Where a task runs: what a name alone means there. */
export interface TaskPlace {
  readonly account: string;
  readonly region: string;
}

/**
 * Reads `valueFrom`: the ARN of a secret, possibly with `:json-key:version-stage:version-id` behind it, the ARN of a parameter, or a
 * parameter's name. Undefined for what is none of them.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
 */
export function readSecretReference(valueFrom: string, place: TaskPlace): SecretReference | undefined {
  if (!valueFrom.startsWith('arn:'))
    return valueFrom === '' ? undefined : { provider: 'ssm', region: place.region, name: valueFrom };
  const arn = parseArn(valueFrom);
  if (arn === undefined || arn.region === '') return undefined;
  if (arn.service === 'ssm') {
    if (!/^parameter\/./.test(arn.resource)) return undefined;
    const path = arn.resource.slice('parameter'.length);
    // A path is a name of its own. Of one level, the ARN does not say whether the name begins with a slash; Parameter Store takes ARNs too.
    const isPath = path.indexOf('/', 1) !== -1;
    return { provider: 'ssm', region: arn.region, name: isPath && arn.account === place.account ? path : valueFrom };
  }
  if (arn.service !== 'secretsmanager') return undefined;
  const [kind, secret = '', ...selectors] = arn.resource.split(':');
  if (kind !== 'secret' || secret === '' || (selectors.length !== 0 && selectors.length !== 3)) return undefined;
  const [jsonKey = '', versionStage = '', versionId = ''] = selectors;
  return {
    provider: 'asm',
    region: arn.region,
    secretId: `arn:${arn.partition}:secretsmanager:${arn.region}:${arn.account}:secret:${secret}`,
    ...(jsonKey === '' ? {} : { jsonKey }),
    ...(versionStage === '' ? {} : { versionStage }),
    ...(versionId === '' ? {} : { versionId }),
  };
}
