import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, connect } from 'node:tls';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { InvalidArgument } from '../kernel/index.ts';
import { authorityPath, certificateAuthority } from './certificate-authority.ts';
import { certificateReader } from './certificate-reader.ts';

const directory = mkdtempSync(`${tmpdir()}/longshore-certificates-`);
afterAll(() => rmSync(directory, { recursive: true }));

const nowMs = Date.now();
const authority = certificateAuthority(authorityPath(directory));
const made = await authority.issue({ names: ['www.example.com', '*.example.org'], keyAlgorithm: 'RSA_2048', nowMs });
const other = await authority.issue({ names: ['other.example.com'], keyAlgorithm: 'EC_prime256v1', nowMs });

describe('the installation’s certificate authority', () => {
  test('[AC-1] makes certificates that a TLS client accepts who trusts it, and only for their names', async () => {
    const server = createServer({ key: made.privateKey, cert: made.certificate + made.chain }, (socket) =>
      socket.end('hello'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const visit = (servername: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', servername, ca: made.chain });
        socket.on('data', (data) => resolve(data.toString()));
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      });
    expect(await visit('www.example.com')).toBe('hello');
    expect(await visit('a.example.org')).toBe('hello');
    expect(await visit('a.example.com')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    server.close();
  });

  test('[AC-1] is the same after a restart, and its file is the owner’s alone', async () => {
    const again = await certificateAuthority(authorityPath(directory)).issue({
      names: ['x.example.com'],
      keyAlgorithm: 'EC_secp384r1',
      nowMs,
    });
    expect(again.chain).toBe(made.chain);
    expect(statSync(authorityPath(directory)).mode & 0o777).toBe(0o600);
    expect(readFileSync(authorityPath(directory), 'utf8')).not.toContain(made.privateKey.slice(40, 80));
    expect(new X509Certificate(again.certificate).serialNumber).not.toBe(
      new X509Certificate(made.certificate).serialNumber,
    );
  });
});

describe('reading certificates', () => {
  test('[AC-2] says what a certificate says', () => {
    expect(certificateReader.read(made, nowMs)).toEqual({
      domainName: 'www.example.com',
      names: ['www.example.com', '*.example.org'],
      serial: expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/),
      subject: 'CN=www.example.com',
      issuer: 'Longshore local authority',
      notBeforeMs: Math.floor((nowMs - 3_600_000) / 1_000) * 1_000,
      notAfterMs: expect.any(Number),
      keyAlgorithm: 'RSA_2048',
      signatureAlgorithm: 'SHA256WITHECDSA',
    });
    expect(certificateReader.read(other, nowMs).keyAlgorithm).toBe('EC_prime256v1');
    const { chain: _none, ...alone } = made;
    expect(certificateReader.read(alone, nowMs).domainName).toBe('www.example.com');
  });

  const encrypted = createPrivateKey(made.privateKey)
    .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  test.each([
    {
      name: 'no PEM',
      given: { ...made, certificate: 'x' },
      want: 'The certificate body provided is not in a valid PEM format',
    },
    {
      name: 'broken',
      given: { ...made, certificate: made.certificate.replace(/MII.{20}/, 'AAAA') },
      want: 'Unable to parse certificate. Please ensure the certificate is in PEM format.',
    },
    {
      name: 'two',
      given: { ...made, certificate: made.certificate + made.chain },
      want: 'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    },
    {
      name: 'another’s key',
      given: { ...made, privateKey: other.privateKey },
      want: 'The private key does not match the public key of the certificate',
    },
    { name: 'no key', given: { ...made, privateKey: 'x' }, want: 'The private key is not in a valid PEM format' },
    {
      name: 'broken key',
      given: { ...made, privateKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' },
      want: 'The private key is not supported.',
    },
    {
      name: 'encrypted key',
      given: { ...made, privateKey: encrypted },
      want: 'The private key is encrypted. Only private keys without a passphrase are supported',
    },
    {
      name: 'another’s chain',
      given: { ...made, chain: other.certificate },
      want: 'Could not validate the certificate with the certificate chain.',
    },
    {
      name: 'no chain',
      given: { ...made, chain: 'x' },
      want: 'The certificate chain provided is not in a valid PEM format',
    },
  ])('[AC-2] refuses $name', ({ given, want }) => {
    expect(() => certificateReader.read(given, nowMs)).toThrow(new InvalidArgument(want));
  });

  test('[AC-2] refuses a certificate outside of its time', () => {
    expect(() => certificateReader.read(made, nowMs - 86_400_000)).toThrow('The certificate is not yet valid');
    expect(() => certificateReader.read(made, nowMs + 400 * 86_400_000)).toThrow('The certificate has expired');
  });
});
