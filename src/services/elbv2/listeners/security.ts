import { ApiError } from '../../../protocol/api/index.ts';
import type { CreateListenerInput } from '../../../protocol/generated/elbv2.ts';
import type { Transaction } from '../../../store/index.ts';
import { notImplemented, validationError } from '../errors.ts';
import type { Certificates } from '../ports.ts';
import type { ListenerRecord } from '../records/listener.ts';
import type { Scope } from '../records/scope.ts';
import { alpnPolicies, defaultSslPolicy, tlsSettings } from './ssl-policies.ts';

/** What a listener has for TLS. */
export type Security = Pick<ListenerRecord, 'defaultCertificate' | 'sslPolicy' | 'alpnPolicy'>;

type Request = Pick<CreateListenerInput, 'Certificates' | 'SslPolicy' | 'AlpnPolicy' | 'MutualAuthentication'>;

export function isSecure(protocol: ListenerRecord['protocol']): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS';
}

/**
 * Certificate, policies of a new listener, or (with `present`) of one that is modified: what is not given stays.
 * @throws ValidationError, SSLPolicyNotFound, ALPNPolicyNotFound
 */
export function readSecurity(protocol: ListenerRecord['protocol'], request: Request, present: Security = {}): Security {
  checkMutualAuthentication(request);
  if (!isSecure(protocol)) {
    if ((request.Certificates ?? []).length > 0) {
      throw validationError(`Certificates are not supported with listeners of protocol '${protocol}'`);
    }
    if (request.SslPolicy !== undefined)
      throw validationError(`SSL policies are not supported with listeners of protocol '${protocol}'`);
    checkNoAlpn(protocol, request);
    return {};
  }
  const alpnPolicy =
    protocol === 'TLS' ? (readAlpn(request.AlpnPolicy) ?? present.alpnPolicy) : checkNoAlpn(protocol, request);
  return {
    defaultCertificate: readCertificate(protocol, request, present),
    sslPolicy: readSslPolicy(request.SslPolicy ?? present.sslPolicy ?? defaultSslPolicy),
    ...(alpnPolicy === undefined ? {} : { alpnPolicy }),
  };
}

/** Marks a certificate as used in `tx`. @throws CertificateNotFound */
export function useCertificate(tx: Transaction, certificates: Certificates, scope: Scope, arn: string): void {
  if (!certificates.use(tx, scope, arn)) {
    throw new ApiError('CertificateNotFound', `Certificate '${arn}' not found`);
  }
}

function readCertificate(protocol: string, { Certificates: given }: Request, present: Security): string {
  if (given === undefined) {
    if (present.defaultCertificate !== undefined) return present.defaultCertificate;
    throw validationError(`A certificate must be specified for ${protocol} listeners`);
  }
  const [certificate] = given;
  if (given.length !== 1 || certificate?.CertificateArn === undefined) {
    throw validationError(`Exactly one certificate must be specified for ${protocol} listeners`);
  }
  if (certificate.IsDefault !== undefined)
    throw validationError('IsDefault cannot be set for the certificate of a listener');
  return certificate.CertificateArn;
}

function readSslPolicy(name: string): string {
  if (tlsSettings(name) === undefined) throw new ApiError('SSLPolicyNotFound', `SSL policy '${name}' not found`);
  return name;
}

function readAlpn(given: readonly string[] | undefined): string | undefined {
  if (given === undefined || given.length === 0) return undefined;
  const [name = ''] = given;
  if (given.length > 1) throw validationError('Only one ALPN policy can be specified');
  if (!Object.hasOwn(alpnPolicies, name))
    throw new ApiError('ALPNPolicyNotFound', `ALPN policy '${name}' is not supported`);
  return name;
}

function checkNoAlpn(protocol: string, { AlpnPolicy: given }: Request): undefined {
  if (given !== undefined && given.length > 0) {
    throw validationError(`ALPN policies are not supported with listeners of protocol '${protocol}'`);
  }
}

function checkMutualAuthentication({ MutualAuthentication: given }: Request): void {
  if (given === undefined) return;
  if ((given.Mode ?? 'off') !== 'off') throw notImplemented(`Mutual authentication with mode ${given.Mode}`);
}
