import { createSecureContext, type SecureContext } from 'node:tls';
import { InvalidArgument, messageOf, Unavailable } from '../kernel/index.ts';
import { places } from './data-directory.ts';
import { givenCertificate } from './given-certificate.ts';
import { isLoopback } from './loopback.ts';
import { ownCertificate, partsName, type TlsPair } from './own-certificate.ts';

/** What the user says of how the API is carried. */
export interface TransportChoice {
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Plain HTTP also where others can listen in. */
  readonly insecurePlainHttp?: boolean;
}

/** How a client on this machine makes sure of the control plane: arguments of the command line. */
export interface PartsTrust {
  readonly caFile: string;
  readonly serverName: string;
}

export interface Transport {
  readonly scheme: 'http' | 'https';
  readonly tls?: TlsPair & {
    SNICallback(name: string, done: (error: Error | null, context?: SecureContext) => void): void;
  };
  /** For this machine's agent and balancer. */
  readonly trust?: PartsTrust;
  /** What other clients have to trust; absent: plain HTTP, or the user's certificate. */
  readonly caFile?: string;
}

/**
 * How the API is to be carried: in plain HTTP only where nobody else can listen in, or where the user says so.
 * @throws InvalidArgument when the choice contradicts itself
 */
export function transportKind(host: string, choice: TransportChoice): 'plain' | 'own' | 'given' {
  const { certFile, keyFile, insecurePlainHttp = false } = choice;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new InvalidArgument(
      `--tls-cert and --tls-key belong together: ${certFile === undefined ? '--tls-cert' : '--tls-key'} is missing`,
    );
  if (certFile !== undefined && insecurePlainHttp)
    throw new InvalidArgument('--tls-cert asks for TLS and --insecure-plain-http for none: leave one of them out');
  if (certFile !== undefined) return 'given';
  return isLoopback(host) || insecurePlainHttp ? 'plain' : 'own';
}

/**
 * What the API is carried by. The parts of the installation on this machine ask for a name of their own and get the installation's own certificate,
 * so that they need nothing of the user's.
 * @throws InvalidArgument, Unavailable when there is no certificate to be had, saying what to do
 */
export async function openTransport(
  choice: TransportChoice,
  where: { readonly host: string; readonly directory: string; readonly nowMs: number },
): Promise<Transport> {
  const { host, directory, nowMs } = where;
  const kind = transportKind(host, choice);
  if (kind === 'plain') return { scheme: 'http' };
  const { certFile = '', keyFile = '' } = choice;
  const given = kind === 'given' ? givenCertificate({ certFile, keyFile }, nowMs) : undefined;
  const own = await ownCertificate(directory, { host, nowMs }).catch((error: unknown) => {
    throw new Unavailable(
      `--host ${host} is reachable from outside and wants TLS, but no certificate can be made: ${messageOf(error)}. Give --tls-cert and --tls-key; or, where everyone on the way may read and change what is asked, --insecure-plain-http`,
    );
  });
  const ownContext = createSecureContext(own);
  const pair = given ?? own;
  const usual = createSecureContext(pair);
  const caFile = places.apiAuthority(directory);
  return {
    scheme: 'https',
    tls: { ...pair, SNICallback: (name, done) => done(null, name === partsName ? ownContext : usual) },
    trust: { caFile, serverName: partsName },
    ...(given === undefined ? { caFile } : {}),
  };
}
