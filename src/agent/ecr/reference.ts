/** An image in the control plane's registry, as a task definition names it. */
export interface EcrReference {
  /** Absent: of whoever pulls. */
  readonly registry?: { readonly account: string; readonly region: string };
  /** What the registry's paths say: with the registry in front when the name has it. */
  readonly path: string;
  /** A tag or a digest. */
  readonly version: string;
  readonly isDigest: boolean;
}

const awsName = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//;

/**
 * Reads `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`, and `HOST/NAME:TAG` where HOST is the control plane's own.
 * @returns undefined: the image is in another registry
 */
export function readEcrReference(image: string, endpoint: URL): EcrReference | undefined {
  const aws = awsName.exec(image);
  const rest = aws === null ? afterHost(image, endpoint) : image;
  if (rest === undefined) return undefined;
  const at = rest.indexOf('@');
  const tagged = at === -1 ? rest : rest.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const path = colon === -1 ? tagged : tagged.slice(0, colon);
  const tag = colon === -1 ? 'latest' : tagged.slice(colon + 1);
  const named = aws ?? awsName.exec(rest);
  return {
    ...(named?.[1] === undefined || named[2] === undefined
      ? {}
      : { registry: { account: named[1], region: named[2] } }),
    path,
    version: at === -1 ? tag : rest.slice(at + 1),
    isDigest: at !== -1,
  };
}

function afterHost(image: string, endpoint: URL): string | undefined {
  const slash = image.indexOf('/');
  if (slash === -1) return undefined;
  const host = image.slice(0, slash);
  const usual = endpoint.protocol === 'https:' ? '443' : '80';
  const [, name = '', port = usual] = /^(.+?)(?::(\d+))?$/.exec(host) ?? [];
  const same =
    host === endpoint.host || (isLoopback(name) && isLoopback(endpoint.hostname) && port === (endpoint.port || usual));
  return same ? image.slice(slash + 1) : undefined;
}

/** Engines talk plain HTTP to these. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** The image as the engine pulls it from a host. */
export function pulledFrom(host: string, { path, version, isDigest }: EcrReference): string {
  return `${host}/${path}${isDigest ? '@' : ':'}${version}`;
}
