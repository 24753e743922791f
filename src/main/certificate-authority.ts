import { webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type * as X509Library from '@peculiar/x509';
import { Internal } from '../kernel/index.ts';
import { privateDirectory, readIfPresent, writePrivateFile } from '../platform/index.ts';
import type { CertificateOrder, GivenCertificate, KeyAlgorithm } from '../services/acm/index.ts';

type X509 = typeof X509Library;

const dayMs = 24 * 60 * 60 * 1_000;
const authorityLifeMs = 3_650 * dayMs;
/** As long as AWS's. */
const certificateLifeMs = 395 * dayMs;
/** Clocks of clients may be behind. */
const clockSkewMs = 60 * 60 * 1_000;
const authorityKey = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const authoritySigning = { name: 'ECDSA', hash: 'SHA-256' } as const;

const keyParameters: Readonly<Partial<Record<KeyAlgorithm, RsaHashedKeyGenParams | EcKeyGenParams>>> = {
  RSA_2048: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2_048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
  EC_prime256v1: { name: 'ECDSA', namedCurve: 'P-256' },
  EC_secp384r1: { name: 'ECDSA', namedCurve: 'P-384' },
  EC_secp521r1: { name: 'ECDSA', namedCurve: 'P-521' },
};
type RsaHashedKeyGenParams = webcrypto.RsaHashedKeyGenParams;
type EcKeyGenParams = webcrypto.EcKeyGenParams;

/** Which authority is wanted, and how long it has to be good. */
interface AuthorityWanted {
  readonly path: string;
  readonly name: string;
  readonly nowMs: number;
  readonly endsMs: number;
}

interface Authority {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Where ACM's authority lies: its certificate is what clients of load balancers have to trust. */
export function authorityPath(directory: string): string {
  return join(directory, 'certificate-authority.json');
}

/** Beside DNS names a certificate may be for IP addresses. */
export interface LocalOrder extends CertificateOrder {
  /** Absent: as long as AWS's. */
  readonly lifeMs?: number;
}

export interface LocalAuthority {
  issue(order: LocalOrder): Promise<Required<GivenCertificate>>;
}

/**
 * A certificate authority of the installation's own, made when the first certificate is asked for and kept in a file that only the owner can read.
 * One that would end before its certificates do is replaced. X.509 is written by @peculiar/x509, keys and signatures are Node's.
 */
export function certificateAuthority(path: string, name = 'Longshore local authority'): LocalAuthority {
  let opened: Promise<{ readonly x509: X509; readonly authority: Authority }> | undefined;
  return {
    async issue(order) {
      const endsMs = order.nowMs + (order.lifeMs ?? certificateLifeMs);
      opened ??= open({ path, name, nowMs: order.nowMs, endsMs }).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const { x509, authority } = await opened;
      return await issue(x509, authority, order);
    },
  };
}

async function open({ path, name, nowMs, endsMs }: AuthorityWanted): Promise<{
  readonly x509: X509;
  readonly authority: Authority;
}> {
  // Loaded when it is needed: most installations never ask for a certificate.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as never);
  const text = readIfPresent(path);
  if (text !== undefined) {
    const kept: unknown = JSON.parse(text);
    if (!isAuthority(kept))
      throw new Internal(`${path} is not a certificate authority: move it away to have a new one made`);
    if (Date.parse(new X509Certificate(kept.certificate).validTo) > endsMs) return { x509, authority: kept };
  }
  const authority = await newAuthority(x509, name, nowMs);
  privateDirectory(dirname(path));
  writePrivateFile(path, `${JSON.stringify(authority, null, 2)}\n`);
  return { x509, authority };
}

function isAuthority(value: unknown): value is Authority {
  return typeof value === 'object' && value !== null && 'certificate' in value && 'privateKey' in value;
}

async function newAuthority(x509: X509, name: string, nowMs: number): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(authorityKey, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }, { O: ['Longshore'] }],
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + authorityLifeMs),
    signingAlgorithm: authoritySigning,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: await keyPem(keys.privateKey) };
}

async function issue(
  x509: X509,
  authority: Authority,
  { names, keyAlgorithm, nowMs, lifeMs = certificateLifeMs }: LocalOrder,
): Promise<{ readonly certificate: string; readonly chain: string; readonly privateKey: string }> {
  const parameters = keyParameters[keyAlgorithm];
  if (parameters === undefined) throw new Internal(`certificates with keys of type ${keyAlgorithm} cannot be made`);
  const keys = await generateKeys(parameters);
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', derOf(authority.privateKey), authorityKey, false, [
    'sign',
  ]);
  const [first = ''] = names;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    // A common name has at most 64 characters; the names that count are the alternative ones.
    subject: first.length <= 64 ? [{ CN: [first] }] : [],
    issuer: issuer.subject,
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + lifeMs),
    signingAlgorithm: authoritySigning,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    chain: authority.certificate,
    privateKey: await keyPem(keys.privateKey),
  };
}

async function generateKeys(parameters: RsaHashedKeyGenParams | EcKeyGenParams): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
}

/** 127 random bits, of which the first is not set: serial numbers are positive. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
