import { request } from 'node:http';
import { join } from 'node:path';
import { messageOf } from '../../kernel/index.ts';

const pingTimeoutMs = 5_000;

/** Where an engine may be. */
export interface EngineCandidate {
  /** `unix:///…` or `http://…` */
  readonly address: string;
  /** Why it is looked for there, such as `LONGSHORE_ENGINE`. */
  readonly from: string;
}

export interface EngineSearch {
  /** The first engine that answered. */
  readonly found: EngineCandidate | undefined;
  /** One sentence per place that was tried before. */
  readonly reasons: readonly string[];
}

/**
 * Looks for a container engine: what the user named, and nothing else, or else the usual places.
 * @param options.engineDir where `startEngine` would have put one of ours
 */
export async function findEngine(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly engineDir?: string;
}): Promise<EngineSearch> {
  const reasons: string[] = [];
  for (const candidate of engineCandidates(options.env, options.engineDir)) {
    try {
      await pingEngine(candidate.address);
      return { found: candidate, reasons };
    } catch (thrown) {
      reasons.push(`${candidate.address} (${candidate.from}): ${hintFor(thrown)}`);
    }
  }
  return { found: undefined, reasons };
}

export function engineCandidates(
  env: Readonly<Record<string, string | undefined>>,
  engineDir?: string,
): readonly EngineCandidate[] {
  for (const from of ['LONGSHORE_ENGINE', 'DOCKER_HOST']) {
    const address = env[from];
    if (address !== undefined && address !== '') return [{ address, from }];
  }
  const places: [path: string, from: string][] = [['/var/run/docker.sock', 'Docker']];
  if (engineDir !== undefined) places.push([engineSocket(engineDir), 'started by Longshore']);
  const userDir = env['XDG_RUNTIME_DIR'];
  if (userDir) places.push([join(userDir, 'docker.sock'), 'Docker without root']);
  places.push(['/run/podman/podman.sock', 'Podman']);
  if (userDir) places.push([join(userDir, 'podman/podman.sock'), 'Podman without root']);
  return places.map(([path, from]) => ({ address: `unix://${path}`, from }));
}

/** The socket of an engine that lives in this folder. */
export function engineSocket(engineDir: string): string {
  return join(engineDir, 'docker.sock');
}

/** Resolves when an engine answers at this address. */
export function pingEngine(address: string): Promise<void> {
  const unix = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  if (unix === undefined && !(address.startsWith('http://') && URL.canParse(address))) {
    const http = address.replace(/^tcp:/, 'http:');
    const instead = http === address ? 'use unix:///path or http://host:port' : `write ${http}`;
    return Promise.reject(new Error(`this kind of address is not supported: ${instead}`));
  }
  const options = { path: '/_ping', timeout: pingTimeoutMs, agent: false };
  return new Promise((resolve, reject) => {
    const ping =
      unix === undefined
        ? request(new URL(address), options)
        : request({ ...options, socketPath: unix, headers: { Host: 'localhost' } });
    ping.on('timeout', () => ping.destroy(new Error(`no answer in ${pingTimeoutMs} ms`)));
    ping.on('error', reject);
    ping.on('response', (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`answered HTTP ${response.statusCode}: not a container engine`));
    });
    ping.end();
  });
}

const hints: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'not there'],
  ['ECONNREFUSED', 'nothing listens (the engine is stopped)'],
  [
    'EACCES',
    'this user may not open it: join the "docker" group (sudo usermod -aG docker "$USER", then log in again) or use sudo',
  ],
]);

function hintFor(thrown: unknown): string {
  return hints.get((thrown as { code?: string }).code ?? '') ?? messageOf(thrown);
}
