import { InvalidArgument } from '../../kernel/index.ts';

/** Where an engine listens. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly socketPath: string; readonly text: string }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly text: string };

/**
 * Reads `unix:///var/run/docker.sock` or `http://host:2375`.
 * @throws InvalidArgument for anything else
 */
export function parseEngineAddress(text: string): EngineAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix?.[1] !== undefined) return { kind: 'unix', socketPath: unix[1], text };
  if (/^http:\/\//.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    if (url.pathname === '/' && url.search === '' && url.username === '') {
      return { kind: 'http', host: url.hostname, port: Number(url.port === '' ? 80 : url.port), text };
    }
  }
  throw new InvalidArgument(
    `the engine address "${text}" is not supported: give unix:///path/to/docker.sock or http://host:port`,
  );
}
