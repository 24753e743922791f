import type { SslPolicy } from '../../../protocol/generated/elbv2.ts';

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const ecdhe128 = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'];
const ecdhe256 = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'];
const ecdhe128Cbc = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256'];
const ecdhe256Cbc = ['ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384'];
const ecdhe128Sha = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA'];
const ecdhe256Sha = ['ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES256-SHA'];
const rsa = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'];
const rsaSha = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES128-SHA', 'AES256-GCM-SHA384', 'AES256-SHA256', 'AES256-SHA'];

const restricted = [...ecdhe128, ...ecdhe256];
const forward = [...ecdhe128, ...ecdhe128Cbc, ...ecdhe256, ...ecdhe256Cbc];
const forwardSha = [...ecdhe128, ...ecdhe128Cbc, ...ecdhe128Sha, ...ecdhe256, ...ecdhe256Cbc, ...ecdhe256Sha];
const all = [...forwardSha, ...rsaSha];

const from12 = ['TLSv1.2'];
const from11 = ['TLSv1.1', 'TLSv1.2'];
const from10 = ['TLSv1', 'TLSv1.1', 'TLSv1.2'];
const with13 = (protocols: readonly string[]): readonly string[] => ['TLSv1.3', ...protocols];

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html */
const policies: readonly (readonly [name: string, protocols: readonly string[], ciphers: readonly string[]])[] = [
  ['ELBSecurityPolicy-TLS13-1-3-2021-06', ['TLSv1.3'], tls13],
  ['ELBSecurityPolicy-TLS13-1-2-Res-2021-06', with13(from12), [...tls13, ...restricted]],
  ['ELBSecurityPolicy-TLS13-1-2-2021-06', with13(from12), [...tls13, ...forward]],
  ['ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06', with13(from12), [...tls13, ...forward, ...rsa]],
  ['ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06', with13(from12), [...tls13, ...all]],
  ['ELBSecurityPolicy-TLS13-1-1-2021-06', with13(from11), [...tls13, ...all]],
  ['ELBSecurityPolicy-TLS13-1-0-2021-06', with13(from10), [...tls13, ...all]],
  ['ELBSecurityPolicy-TLS-1-2-Ext-2018-06', from12, all],
  ['ELBSecurityPolicy-TLS-1-2-2017-01', from12, [...forward, ...rsa]],
  ['ELBSecurityPolicy-TLS-1-1-2017-01', from11, all],
  ['ELBSecurityPolicy-2016-08', from10, all],
  ['ELBSecurityPolicy-2015-05', from10, all],
  ['ELBSecurityPolicy-FS-1-2-Res-2020-10', from12, restricted],
  ['ELBSecurityPolicy-FS-1-2-Res-2019-08', from12, forward],
  ['ELBSecurityPolicy-FS-1-2-2019-08', from12, forwardSha],
  ['ELBSecurityPolicy-FS-1-1-2019-08', from11, forwardSha],
  ['ELBSecurityPolicy-FS-2018-06', from10, forwardSha],
];

/** The policy of a listener for which none is named; what the API does, not the console. */
export const defaultSslPolicy = 'ELBSecurityPolicy-2016-08';

export const sslPolicies: readonly SslPolicy[] = policies.map(([name, protocols, ciphers]) => ({
  Name: name,
  SslProtocols: protocols,
  Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
  SupportedLoadBalancerTypes: ['application', 'network'],
}));

/** What a data plane must know of a policy. Longshore offers TLS 1.2 at least, also where a policy allows less. */
export interface TlsSettings {
  readonly minimumTlsVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maximumTlsVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers: readonly string[];
}

export function tlsSettings(policyName: string): TlsSettings | undefined {
  const policy = policies.find(([name]) => name === policyName);
  if (policy === undefined) return undefined;
  const [, protocols, ciphers] = policy;
  return {
    minimumTlsVersion: protocols.includes('TLSv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maximumTlsVersion: protocols.includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2',
    ciphers,
  };
}

/** The protocols of an ALPN policy, best first. https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-tls-listener.html */
export const alpnPolicies: Readonly<Record<string, readonly string[]>> = {
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0'],
  None: [],
};
