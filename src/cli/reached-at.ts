import { holdingProcess, isLoopback, portOf, reachedAt as addressOf, type HoldingProcess } from '../main/index.ts';

export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly insecurePlainHttp: boolean;
  /** A file of authorities that the user names. */
  readonly caFile: string | undefined;
}

/** Where clients reach a Longshore, and the file of authorities they have to trust there; absent: none but the usual ones. */
export interface ReachedAt {
  readonly url: string;
  readonly caFile?: string;
}

/**
 * A Longshore that runs on this machine says itself whether it speaks TLS; of others what is the rule is taken for true.
 * @param ownAuthority the installation's own, when it has made one
 */
export function reachedAt(
  { host, port, insecurePlainHttp, caFile }: Asked,
  holder: Pick<HoldingProcess, 'url' | 'transport'> | undefined,
  ownAuthority: string | undefined,
): ReachedAt {
  const here = holder !== undefined && portOf(new URL(holder.url)) === port ? holder : undefined;
  const plain = here === undefined ? insecurePlainHttp || isLoopback(host) : here.url.startsWith('http:');
  // One that listens on an address of the machine's is not on loopback.
  const asked = isLoopback(host) && here !== undefined ? listening(here.url, host) : host;
  const shown = asked.includes(':') ? `[${asked}]` : asked;
  if (plain) return { url: `http://${shown}:${port}` };
  const trusted = caFile ?? (here?.transport?.certFile === undefined ? ownAuthority : undefined);
  return { url: `https://${shown}:${port}`, ...(trusted === undefined ? {} : { caFile: trusted }) };
}

function listening(url: string, asked: string): string {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return addressOf(host) === host && !isLoopback(host) ? host : asked;
}

/** The Longshore that runs on a data directory, as far as this user may know. */
export function runningHere(directory: string): HoldingProcess | undefined {
  try {
    return holdingProcess(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}
