import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { InvalidArgument } from '../kernel/index.ts';
import type { CertificateFacts, CertificateReader, GivenCertificate, KeyAlgorithm } from '../services/acm/index.ts';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;
/** Certificates in one chain. */
const maxChainLength = 10;

const curves: Readonly<Record<string, KeyAlgorithm>> = {
  prime256v1: 'EC_prime256v1',
  secp384r1: 'EC_secp384r1',
  secp521r1: 'EC_secp521r1',
};
const rsaSizes: Readonly<Record<number, KeyAlgorithm>> = {
  1024: 'RSA_1024',
  2048: 'RSA_2048',
  3072: 'RSA_3072',
  4096: 'RSA_4096',
};

/** Object identifiers of signature algorithms, as AWS writes them. */
const signatureAlgorithms: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'SHA1WITHRSA',
  '2a864886f70d01010b': 'SHA256WITHRSA',
  '2a864886f70d01010c': 'SHA384WITHRSA',
  '2a864886f70d01010d': 'SHA512WITHRSA',
  '2a8648ce3d040302': 'SHA256WITHECDSA',
  '2a8648ce3d040303': 'SHA384WITHECDSA',
  '2a8648ce3d040304': 'SHA512WITHECDSA',
};

/**
 * Reads certificates with Node's cryptography. What is refused, and how, is in
 * https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html and …/troubleshooting-import.html
 */
export const certificateReader: CertificateReader = {
  read(given, nowMs) {
    const certificate = readLeaf(given.certificate);
    const key = readKey(given.privateKey);
    if (!certificate.checkPrivateKey(key)) {
      throw new InvalidArgument('The private key does not match the public key of the certificate');
    }
    checkChain(certificate, given);
    const facts = factsOf(certificate);
    if (facts.notBeforeMs > nowMs) throw new InvalidArgument('The certificate is not yet valid');
    if (facts.notAfterMs <= nowMs) throw new InvalidArgument('The certificate has expired');
    return facts;
  },
};

function blocksOf(text: string): readonly { readonly label: string; readonly pem: string }[] {
  return [...text.matchAll(block)].map(([pem, label = '']) => ({ label, pem }));
}

function readLeaf(text: string): X509Certificate {
  const blocks = blocksOf(text);
  if (blocks.length > 1) {
    throw new InvalidArgument(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    );
  }
  return readCertificate(blocks[0], 'The certificate body provided is not in a valid PEM format');
}

function readCertificate(
  found: { readonly label: string; readonly pem: string } | undefined,
  problem: string,
): X509Certificate {
  if (found?.label !== 'CERTIFICATE') throw new InvalidArgument(problem);
  try {
    return new X509Certificate(found.pem);
  } catch {
    throw new InvalidArgument('Unable to parse certificate. Please ensure the certificate is in PEM format.');
  }
}

function readKey(text: string): KeyObject {
  const blocks = blocksOf(text);
  const [found] = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  if (found === undefined) throw new InvalidArgument('The private key is not in a valid PEM format');
  if (found.label === 'ENCRYPTED PRIVATE KEY' || found.pem.includes('Proc-Type: 4,ENCRYPTED')) {
    throw new InvalidArgument('The private key is encrypted. Only private keys without a passphrase are supported');
  }
  try {
    return createPrivateKey(found.pem);
  } catch {
    throw new InvalidArgument('The private key is not supported.');
  }
}

/** Each certificate must be issued by the one after it, the leaf by the first. */
function checkChain(leaf: X509Certificate, { chain }: GivenCertificate): void {
  if (chain === undefined) return;
  const problem = 'The certificate chain provided is not in a valid PEM format';
  const blocks = blocksOf(chain);
  if (blocks.length === 0) throw new InvalidArgument(problem);
  if (blocks.length > maxChainLength) {
    throw new InvalidArgument(
      `The certificate chain has ${blocks.length} certificates, but can have at most ${maxChainLength}`,
    );
  }
  let below = leaf;
  for (const found of blocks) {
    const issuer = readCertificate(found, problem);
    if (!below.checkIssued(issuer) || !below.verify(issuer.publicKey)) {
      throw new InvalidArgument('Could not validate the certificate with the certificate chain.');
    }
    below = issuer;
  }
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  const subject = nameParts(certificate.subject);
  const alternative = alternativeNames(certificate.subjectAltName);
  const common = subject.find(([type]) => type === 'CN')?.[1];
  const domainName = common ?? alternative[0];
  if (domainName === undefined || domainName === '') {
    throw new InvalidArgument('The certificate has neither a common name nor a subject alternative name');
  }
  const issuer = nameParts(certificate.issuer);
  return {
    domainName,
    names: [...new Set([domainName, ...alternative])],
    serial: (certificate.serialNumber.match(/../g) ?? []).join(':').toLowerCase(),
    subject: subject.map(([type, value]) => `${type}=${value}`).join(','),
    issuer: (issuer.find(([type]) => type === 'CN') ?? issuer.find(([type]) => type === 'O'))?.[1] ?? '',
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
    keyAlgorithm: keyAlgorithmOf(certificate.publicKey),
    signatureAlgorithm: signatureAlgorithmOf(certificate.raw),
  };
}

/** Node writes a name a line for each part, such as `CN=example.com`. */
function nameParts(name: string | undefined): readonly (readonly [type: string, value: string])[] {
  if (name === undefined || name === '') return [];
  return name.split('\n').map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
}

function alternativeNames(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice('DNS:'.length));
}

function keyAlgorithmOf(key: KeyObject): KeyAlgorithm {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const found = key.asymmetricKeyType === 'rsa' ? rsaSizes[modulusLength] : curves[namedCurve];
  if (found !== undefined) return found;
  const what =
    key.asymmetricKeyType === 'rsa' ? `length ${modulusLength}` : `type ${key.asymmetricKeyType} ${namedCurve}`;
  throw new InvalidArgument(`The private key ${what.trimEnd()} is not supported for key algorithm.`);
}

/**
 * Node does not tell the signature's algorithm. It stands after the certificate's contents: a sequence (the certificate) of a sequence (the contents)
 * and a sequence that begins with the object identifier.
 */
function signatureAlgorithmOf(der: Buffer): string {
  const contents = elementAt(der, elementAt(der, 0).start);
  const identifier = elementAt(der, elementAt(der, contents.end).start);
  const hex = der.subarray(identifier.start, identifier.end).toString('hex');
  return signatureAlgorithms[hex] ?? `OID ${hex}`;
}

/** Where the value of the DER element at `at` begins and ends. */
function elementAt(der: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const bytes = first & 0x7f;
  const start = at + 2 + bytes;
  return { start, end: start + der.readUIntBE(at + 2, bytes) };
}
