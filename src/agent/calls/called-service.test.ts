import { expect, test } from 'vitest';
import { calledService, type CallHead } from './called-service.ts';

const signed = (scope: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIA/20260102/${scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
const head = (authorization: string, more: Partial<CallHead> = {}): CallHead => ({
  url: '/',
  ...more,
  headers: { host: '169.254.170.2:4566', authorization, ...more.headers },
});
const presigned = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260102%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Signature=0`;
const bare = (url: string, host = '169.254.170.2:4566'): CallHead => ({ url, headers: { host } });

test.each<[string, CallHead, string | undefined]>([
  ['by its signature', head(signed('us-east-1/secretsmanager')), 'secretsmanager/us-east-1'],
  ['of another region', head(signed('eu-west-1/ecs')), 'ecs/eu-west-1'],
  [
    'parts in another order',
    head(signed('us-east-1/ssm').replace(/(Cred[^,]*), (Sign[^,]*)/, '$2, $1')),
    'ssm/us-east-1',
  ],
  ['ECR’s API has an endpoint of another name', head(signed('us-east-1/ecr')), 'ecr.api/us-east-1'],
  [
    'DiscoverInstances has one of its own',
    head(signed('us-east-1/servicediscovery'), { headers: { host: 'data-169.254.170.2:4566' } }),
    'data-servicediscovery/us-east-1',
  ],
  ['a presigned URL', bare(presigned), 'sts/eu-west-1'],
  ['a header goes before a URL', head(signed('us-east-1/ecs'), { url: presigned }), 'ecs/us-east-1'],
  [
    'the registry, whose passwords are no signatures',
    head('Basic QVdTOng=', { url: '/v2/app/manifests/1' }),
    'ecr.dkr/us-west-2',
  ],
  ['the registry of a region', bare('/v2/', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'), 'ecr.dkr/eu-west-1'],
  ['nothing of AWS', bare('/health'), undefined],
  ['what is not signed for a service', head('AWS4-HMAC-SHA256 Credential=AKIA/20260102/ecs'), undefined],
  ['a path that only begins like the registry’s', bare('/v2x'), undefined],
])('[WAY-16] the service that is called: %s', (_, given, want) => {
  const found = calledService(given, 'us-west-2');
  expect(found && `${found.service}/${found.region}`).toBe(want);
});
