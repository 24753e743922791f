import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { privateDirectory, readIfPresent, writePrivateFile } from '../platform/index.ts';
import { certificateAuthority } from './certificate-authority.ts';
import { places } from './data-directory.ts';
import { isWildcard } from './loopback.ts';

/** What TLS is answered with, PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The name that the parts of an installation on this machine ask the control plane for: it has a certificate of its own under that name, whatever
 * certificate the user gave for others.
 */
export const partsName = 'control-plane.longshore.internal';

const dayMs = 24 * 60 * 60 * 1_000;
/** Some clients (Apple's) take no server certificate that is good for more than 825 days. */
const lifeMs = 790 * dayMs;
/** A start renews what ends earlier than this, so that a process may run for a year. */
const renewBeforeMs = 395 * dayMs;
/** Addresses in one certificate: a machine may have any number. */
const maxAddresses = 100;

/** An installation's own certificate of the API. */
export function ownCertificate(
  directory: string,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Promise<TlsPair> {
  const names = certificateNames(host, { hostname: hostname(), addresses: machineAddresses() });
  return keptCertificate(directory, { file: 'server.json', names, nowMs });
}

/**
 * A certificate for names, kept in a file, made anew when it does no longer. The authority signs for the API and its registry only: whoever may order
 * certificates of ACM can make none that their clients trust.
 */
export async function keptCertificate(
  directory: string,
  { file, names, nowMs }: { readonly file: string; readonly names: readonly string[]; readonly nowMs: number },
): Promise<TlsPair> {
  const folder = privateDirectory(places.tls(directory));
  const path = join(folder, file);
  const authorityFile = places.apiAuthority(directory);
  const kept = readKept(readIfPresent(path));
  if (kept !== undefined && isGood(kept, { names, nowMs, authority: readIfPresent(authorityFile) ?? '' }))
    return pairOf(kept);
  const authority = certificateAuthority(join(folder, 'authority.json'), 'Longshore API authority');
  const made = await authority.issue({ names, keyAlgorithm: 'EC_prime256v1', nowMs, lifeMs });
  writePrivateFile(authorityFile, made.chain);
  writePrivateFile(path, `${JSON.stringify(made, null, 2)}\n`);
  return pairOf(made);
}

interface Kept {
  readonly certificate: string;
  readonly chain: string;
  readonly privateKey: string;
}

function pairOf({ certificate, privateKey }: Kept): TlsPair {
  return { cert: certificate, key: privateKey };
}

/** Undefined: there is none, or the file is none; a new certificate takes nothing away. */
function readKept(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Kept>;
    const { certificate, chain, privateKey } = value;
    if (typeof certificate !== 'string' || typeof chain !== 'string' || typeof privateKey !== 'string')
      return undefined;
    return { certificate, chain, privateKey };
  } catch {
    return undefined;
  }
}

/** Whether a certificate still does: of the authority that clients trust, for all names, and not about to end. */
export function isGood(
  { certificate, chain }: Pick<Kept, 'certificate' | 'chain'>,
  wanted: { readonly names: readonly string[]; readonly nowMs: number; readonly authority: string },
): boolean {
  try {
    const leaf = new X509Certificate(certificate);
    const ends = Math.min(Date.parse(leaf.validTo), Date.parse(new X509Certificate(chain).validTo));
    return (
      chain === wanted.authority &&
      ends - wanted.nowMs > renewBeforeMs &&
      Date.parse(leaf.validFrom) <= wanted.nowMs &&
      wanted.names.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined)
    );
  } catch {
    return false;
  }
}

/** What clients may call the API: the name of the parts first, then loopback, the address it listens on, and what the machine is called. */
export function certificateNames(
  host: string,
  machine: { readonly hostname: string; readonly addresses: readonly string[] },
): readonly string[] {
  const given = isWildcard(host) ? [] : [host];
  const dnsNames = [machine.hostname.toLowerCase()].filter((name) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name));
  return [
    ...new Set([
      partsName,
      'localhost',
      '127.0.0.1',
      '::1',
      ...given,
      ...dnsNames,
      ...machine.addresses.slice(0, maxAddresses),
    ]),
  ];
}

/** Addresses under which others may reach this machine. */
function machineAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'))
    .map(({ address }) => address);
}
