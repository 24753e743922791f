import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { InvalidArgument, messageOf } from '../kernel/index.ts';
import type { TlsPair } from './own-certificate.ts';

export interface CertificateFiles {
  /** PEM: the certificate, then those that lead upwards from it. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/**
 * Reads a certificate that the user gave for the API.
 * @throws InvalidArgument saying which file cannot be used, and why
 */
export function givenCertificate({ certFile, keyFile }: CertificateFiles, nowMs: number): TlsPair {
  const cert = read('--tls-cert', certFile);
  const key = read('--tls-key', keyFile);
  const leaf = readLeaf(cert, certFile);
  checkTime(leaf, certFile, nowMs);
  if (!leaf.checkPrivateKey(readKey(key, keyFile)))
    throw new InvalidArgument(
      `the key in ${keyFile} (--tls-key) is not that of the certificate in ${certFile} (--tls-cert)`,
    );
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new InvalidArgument(`--tls-cert ${certFile} and --tls-key ${keyFile} cannot be used: ${messageOf(error)}`);
  }
  return { cert, key };
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidArgument(`${option} ${path} cannot be read: ${messageOf(error)}`);
  }
}

function readLeaf(text: string, path: string): X509Certificate {
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new InvalidArgument(`--tls-cert ${path} holds no PEM certificate (-----BEGIN CERTIFICATE-----)`);
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw new InvalidArgument(`--tls-cert ${path} holds no certificate that can be read: ${messageOf(error)}`);
  }
}

function checkTime({ validFrom, validTo }: X509Certificate, path: string, nowMs: number): void {
  if (Date.parse(validTo) <= nowMs)
    throw new InvalidArgument(`the certificate in --tls-cert ${path} expired on ${validTo}`);
  if (Date.parse(validFrom) > nowMs)
    throw new InvalidArgument(`the certificate in --tls-cert ${path} is not valid before ${validFrom}`);
}

function readKey(text: string, path: string): KeyObject {
  if (text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || text.includes('Proc-Type: 4,ENCRYPTED'))
    throw new InvalidArgument(`the key in --tls-key ${path} is encrypted: give one without a passphrase`);
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new InvalidArgument(`--tls-key ${path} holds no PEM private key that can be read: ${messageOf(error)}`);
  }
}
