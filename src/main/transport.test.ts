import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidArgument } from '../kernel/index.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { places } from './data-directory.ts';
import { givenCertificate } from './given-certificate.ts';
import { isLoopback } from './loopback.ts';
import { certificateNames, isGood, ownCertificate, partsName } from './own-certificate.ts';
import { apiPortFor } from './task-network.ts';
import { openTransport, transportKind } from './transport.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
const given = { certFile: '/c.pem', keyFile: '/k.pem' };

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'longshore-tls-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('how the API is carried', () => {
  test.each([
    ['127.0.0.1', {}, 'plain'],
    ['localhost', {}, 'plain'],
    ['::1', {}, 'plain'],
    ['127.0.0.1', given, 'given'],
    ['0.0.0.0', {}, 'own'],
    ['::', {}, 'own'],
    ['192.168.1.5', {}, 'own'],
    ['ls.example.com', {}, 'own'],
    ['0.0.0.0', given, 'given'],
    ['0.0.0.0', { insecurePlainHttp: true }, 'plain'],
    ['127.0.0.1', { insecurePlainHttp: true }, 'plain'],
  ] as const)('[TLS-1] on %s, told %j: %s', (host, choice, want) => {
    expect(transportKind(host, choice)).toBe(want);
  });

  test.each([
    [{ certFile: '/c.pem' }, '--tls-cert and --tls-key belong together: --tls-key is missing'],
    [{ keyFile: '/k.pem' }, '--tls-cert and --tls-key belong together: --tls-cert is missing'],
    [
      { ...given, insecurePlainHttp: true },
      '--tls-cert asks for TLS and --insecure-plain-http for none: leave one of them out',
    ],
  ])('[TLS-1] a choice that contradicts itself is refused: %j', (choice, want) => {
    expect(() => transportKind('0.0.0.0', choice)).toThrow(new InvalidArgument(want));
  });

  test('[TLS-1] names that only look like loopback are not', () => {
    for (const host of ['127.0.0.1.example.com', '127.0.0', '0.0.0.0', '::', '::2', ''])
      expect(isLoopback(host)).toBe(false);
  });

  test('[TLS-1] without a certificate there is no start off loopback; the refusal says what to do', async () => {
    writeFileSync(places.tls(directory), 'a file where the folder should be');
    await expect(openTransport({}, { host: '0.0.0.0', directory, nowMs })).rejects.toThrow(
      /^--host 0\.0\.0\.0 is reachable from outside and wants TLS, but no certificate can be made: .*Give --tls-cert and --tls-key; or, .*--insecure-plain-http$/,
    );
    expect(await openTransport({ insecurePlainHttp: true }, { host: '0.0.0.0', directory, nowMs })).toEqual({
      scheme: 'http',
    });
  });
});

test('[TLS-7] tasks reach the API at its own port, and beside it where it may listen on all addresses in TLS', () => {
  const ports = ['http://a', 'http://a:4566', 'https://a', 'https://a:4566', 'https://a:65000'];
  expect(ports.map((text) => apiPortFor(new URL(text)))).toEqual([80, 4566, 10_443, 14_566, 55_000]);
});

describe('the certificate of the installation’s own', () => {
  const host = '192.0.2.77';
  const own = (at = nowMs, on = host) => ownCertificate(directory, { host: on, nowMs: at });

  test('[TLS-2] is for loopback, the address, what the machine is called, and the name its parts ask for', () => {
    const machine = { hostname: 'Box-1', addresses: ['10.0.0.7', 'fd00::7'] };
    const usual = [partsName, 'localhost', '127.0.0.1', '::1'];
    expect(certificateNames('0.0.0.0', machine)).toEqual([...usual, 'box-1', '10.0.0.7', 'fd00::7']);
    expect(certificateNames('ls.example.com', { hostname: 'no_name', addresses: [] })).toEqual([
      ...usual,
      'ls.example.com',
    ]);
    const many = Array.from({ length: 1_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    expect(certificateNames('::', { ...machine, addresses: many })).toHaveLength(5 + 100);
  });

  test('[TLS-2] names and addresses are in it, IPv6 included', async () => {
    const leaf = new X509Certificate((await own()).cert);
    for (const address of [host, '127.0.0.1', '::1']) expect(leaf.checkIP(address)).toBeDefined();
    for (const name of ['localhost', partsName]) expect(leaf.checkHost(name)).toBe(name);
    expect(leaf.checkHost('www.example.com')).toBeUndefined();
    const authority = new X509Certificate(readFileSync(places.apiAuthority(directory)));
    expect([leaf.checkIssued(authority), leaf.verify(authority.publicKey)]).toEqual([true, true]);
  });

  test('[TLS-3] is kept, is the owner’s alone, and is made anew when it is about to end or a name is missing', async () => {
    const first = await own();
    const authority = readFileSync(places.apiAuthority(directory), 'utf8');
    expect(await own(nowMs + 300 * dayMs)).toEqual(first);
    const folder = places.tls(directory);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const renewed = await own(nowMs + 400 * dayMs);
    expect(renewed.key).not.toBe(first.key);
    const moved = await own(nowMs + 400 * dayMs, '192.0.2.78');
    expect(moved.cert).not.toBe(renewed.cert);
    expect(readFileSync(places.apiAuthority(directory), 'utf8')).toBe(authority);
  });

  test('[TLS-3] an authority that would end first is replaced, and the file that clients copy with it', async () => {
    await own();
    const authority = readFileSync(places.apiAuthority(directory), 'utf8');
    const late = nowMs + 3_000 * dayMs;
    const leaf = new X509Certificate((await own(late)).cert);
    const present = new X509Certificate(readFileSync(places.apiAuthority(directory)));
    expect(present.toString()).not.toBe(new X509Certificate(authority).toString());
    expect(Date.parse(present.validTo)).toBeGreaterThan(Date.parse(leaf.validTo));
    expect(leaf.verify(present.publicKey)).toBe(true);
  });

  test('[TLS-3] a kept certificate that is broken, or of another authority, is not used', async () => {
    const wanted = { names: ['localhost'], nowMs, authority: 'x' };
    expect(isGood({ certificate: 'x', chain: 'x' }, wanted)).toBe(false);
    const first = await own();
    writeFileSync(join(places.tls(directory), 'server.json'), '{');
    const second = await own();
    expect(second.cert).not.toBe(first.cert);
    writeFileSync(places.apiAuthority(directory), 'another');
    expect((await own()).cert).not.toBe(second.cert);
    expect(readFileSync(places.apiAuthority(directory), 'utf8')).toContain('BEGIN CERTIFICATE');
  });
});

describe('a certificate that the user gives', () => {
  const files = () => ({ certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') });
  async function write(): Promise<{ certFile: string; keyFile: string; certificate: string; privateKey: string }> {
    const authority = certificateAuthority(join(directory, 'authority.json'));
    const made = await authority.issue({ names: ['ls.example.com'], keyAlgorithm: 'EC_prime256v1', nowMs });
    writeFileSync(files().certFile, made.certificate + made.chain);
    writeFileSync(files().keyFile, made.privateKey);
    return { ...files(), ...made };
  }

  test('[TLS-4] is taken with its chain; the parts of the installation need nothing of it', async () => {
    const { certificate, privateKey, certFile, keyFile } = await write();
    expect(givenCertificate({ certFile, keyFile }, nowMs).key).toBe(privateKey);
    const transport = await openTransport({ certFile, keyFile }, { host: '0.0.0.0', directory, nowMs });
    expect(transport.tls?.cert.startsWith(certificate)).toBe(true);
    expect(transport).toMatchObject({
      scheme: 'https',
      trust: { caFile: places.apiAuthority(directory), serverName: partsName },
    });
    expect(transport.caFile).toBeUndefined();
  });

  test.each([
    { name: 'no file', spoil: { cert: undefined }, want: /^--tls-cert .*cert\.pem cannot be read: ENOENT/ },
    { name: 'no key file', spoil: { key: undefined }, want: /^--tls-key .*key\.pem cannot be read: ENOENT/ },
    { name: 'no PEM', spoil: { cert: 'hello' }, want: /^--tls-cert .*cert\.pem holds no PEM certificate/ },
    {
      name: 'a broken certificate',
      spoil: { cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      want: /^--tls-cert .*cert\.pem holds no certificate that can be read/,
    },
    { name: 'no key', spoil: { key: 'hello' }, want: /^--tls-key .*key\.pem holds no PEM private key/ },
    {
      name: 'an encrypted key',
      spoil: { key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n' },
      want: /^the key in --tls-key .*key\.pem is encrypted/,
    },
    {
      name: 'one that has expired',
      at: nowMs + 500 * dayMs,
      want: /^the certificate in --tls-cert .*cert\.pem expired on /,
    },
    {
      name: 'one that is not valid yet',
      at: nowMs - dayMs,
      want: /^the certificate in --tls-cert .*cert\.pem is not valid before /,
    },
  ])('[TLS-4] $name is refused, naming the file and why', async ({ spoil = {}, at = nowMs, want }) => {
    await write();
    for (const [which, text] of Object.entries(spoil)) {
      const path = join(directory, `${which}.pem`);
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    }
    expect(() => givenCertificate(files(), at)).toThrow(want);
  });

  test('[TLS-4] another’s key is refused', async () => {
    await write();
    const other = await ownCertificate(directory, { host: '0.0.0.0', nowMs });
    writeFileSync(files().keyFile, other.key);
    expect(() => givenCertificate(files(), nowMs)).toThrow(
      /^the key in .*key\.pem \(--tls-key\) is not that of the certificate in .*cert\.pem \(--tls-cert\)$/,
    );
  });
});
