import { formatArn } from '../../kernel/index.ts';
import { conditionValues } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/acm.ts';
import type { Database } from '../../store/index.ts';
import { certificates, keyOfArn } from './records/certificate.ts';

type Said = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

interface GivenTag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

/**
 * What each ACM operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
 */
export function acmAuthorization(db: Database) {
  function ask(action: keyof Operations, resource: string, said: Said = {}): AccessQuestion {
    const resourceTags = () => {
      const named = keyOfArn(resource);
      return named && db.get(certificates, named.key)?.row.tags;
    };
    return { action: `acm:${action}`, resource, context: conditionValues({ resourceTags, ...said }) };
  }

  /** About the certificate that a request names. */
  function onCertificate(action: keyof Operations) {
    return ({ CertificateArn: arn }: { readonly CertificateArn: string }) => [ask(action, plainArn(arn))];
  }

  /** With tags, also about tagging the new certificate. */
  function tagging(requestTags: readonly { readonly key: string; readonly value: string }[], context: RequestContext) {
    return requestTags.length === 0 ? [] : [ask('AddTagsToCertificate', anyCertificate(context), { requestTags })];
  }

  return {
    AddTagsToCertificate: ({ CertificateArn: arn, Tags }) => [
      ask('AddTagsToCertificate', plainArn(arn), { requestTags: tagPairs(Tags) }),
    ],
    DeleteCertificate: onCertificate('DeleteCertificate'),
    DescribeCertificate: onCertificate('DescribeCertificate'),
    GetCertificate: onCertificate('GetCertificate'),
    ImportCertificate: ({ CertificateArn: arn, Tags }, context) => {
      const requestTags = tagPairs(Tags);
      const resource = arn === undefined ? anyCertificate(context) : plainArn(arn);
      return [ask('ImportCertificate', resource, { requestTags }), ...tagging(requestTags, context)];
    },
    ListCertificates: () => [{ action: 'acm:ListCertificates', resource: '*' }],
    ListTagsForCertificate: onCertificate('ListTagsForCertificate'),
    RemoveTagsFromCertificate: ({ CertificateArn: arn, Tags }) => [
      ask('RemoveTagsFromCertificate', plainArn(arn), { requestTags: tagPairs(Tags) }),
    ],
    RequestCertificate: (input, context) => {
      const requestTags = tagPairs(input.Tags);
      const names = [input.DomainName, ...(input.SubjectAlternativeNames ?? [])].map((name) => name.toLowerCase());
      const keys = {
        'acm:CertificateAuthority': input.CertificateAuthorityArn,
        'acm:CertificateTransparencyLogging': input.Options?.CertificateTransparencyLoggingPreference ?? 'ENABLED',
        'acm:DomainNames': [...new Set(names)],
        'acm:KeyAlgorithm': input.KeyAlgorithm ?? 'RSA_2048',
        'acm:ValidationMethod': input.ValidationMethod,
      };
      return [ask('RequestCertificate', '*', { keys, requestTags }), ...tagging(requestTags, context)];
    },
  } satisfies Authorization<Operations>;
}

/** Of a certificate whose id is not known yet. */
function anyCertificate({ account, region }: RequestContext): string {
  return formatArn('acm', region, account, 'certificate/*');
}

/** As policies write it, also where the request names another partition, which the handlers take for the same. */
function plainArn(text: string): string {
  const scope = keyOfArn(text)?.scope;
  return scope === undefined
    ? text
    : formatArn('acm', scope.region, scope.account, text.slice(text.lastIndexOf(':') + 1));
}

function tagPairs(tags: readonly GivenTag[] = []) {
  return tags.map(({ Key: key, Value: value = '' }) => ({ key, value }));
}
