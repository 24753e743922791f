import { formatArn, parseArn, sealingKeyOf, scopeText, type Scope } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { CertificateFacts } from '../ports.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html */
export interface CertificateRecord extends Scope {
  /** A UUID. */
  readonly id: string;
  readonly type: 'IMPORTED' | 'AMAZON_ISSUED';
  /** PEM, without the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly chain?: string;
  /** PEM, sealed (see kernel's Sealer; the context is `keyContext`). No answer of the API ever has it. */
  readonly privateKey: string;
  readonly facts: CertificateFacts;
  readonly createdAtMs: number;
  /** When it was imported last, or issued. */
  readonly givenAtMs: number;
  /** The token of the RequestCertificate that made it; it goes with the certificate. */
  readonly idempotencyToken?: string;
  /** How often a load balancer began to use it: beginning writes this record, so that it cannot happen at the same time as deleting it. */
  readonly uses: number;
  readonly tags: readonly Tag[];
}

export function certificateKey(scope: Scope, id: string): string {
  return `/acm/certificate/${scopeText(scope)}/${id}`;
}

export function certificateArn({ account, region, id }: Pick<CertificateRecord, 'account' | 'region' | 'id'>): string {
  return formatArn('acm', region, account, `certificate/${id}`);
}

/** The key of the certificate an ARN means; undefined when the text is no certificate's ARN. */
export function keyOfArn(text: string): { readonly key: string; readonly scope: Scope } | undefined {
  const arn = parseArn(text);
  const [, id] = /^certificate\/([0-9a-f-]{36})$/.exec(arn?.resource ?? '') ?? [];
  if (arn === undefined || arn.service !== 'acm' || id === undefined) return undefined;
  const scope = { account: arn.account, region: arn.region };
  return { scope, key: certificateKey(scope, id) };
}

/** What a certificate's private key is sealed for. */
export function keyContext(row: Pick<CertificateRecord, 'account' | 'region' | 'id'>): string {
  return `${certificateArn(row)} private key`;
}

export const certificates: TableSpec<CertificateRecord, 'scope' | 'sealingKey'> = {
  prefix: '/acm/certificate/',
  indexes: { scope: scopeText, sealingKey: ({ privateKey }) => sealingKeyOf(privateKey) },
};

/** Which certificate a RequestCertificate with a token made last. */
export interface RequestTokenRecord {
  readonly certificateKey: string;
}

export function requestTokenKey(scope: Scope, token: string): string {
  return `/acm/request-token/${scopeText(scope)}/${token}`;
}

export const requestTokens: TableSpec<RequestTokenRecord, never> = { prefix: '/acm/request-token/', indexes: {} };
